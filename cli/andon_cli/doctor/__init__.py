"""`andon doctor`: why no data arrives. Follows the data's way and stops guessing at the first hop that is broken."""
