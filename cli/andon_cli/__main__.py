"""`python -m andon_cli`: the same as `andon`, for child processes that must use this very Python."""

from andon_cli.main import run

if __name__ == "__main__":
    run()
