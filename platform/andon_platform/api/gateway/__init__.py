"""The one published origin: API, sign-in by link, and every other path handed on to the apps process."""
