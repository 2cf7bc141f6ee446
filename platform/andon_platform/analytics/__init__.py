"""What the data says: one file per method. Methods are plain functions and small objects over values and times;
they know no store, no broker and no page, so that each can be lifted out and used by itself."""
