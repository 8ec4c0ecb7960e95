"""`python -m server`, and the command `tachiai`."""


def main() -> None:
    from server.cli import tachiai  # noqa: PLC0415  # the command line alone starts fast

    tachiai(prog_name="tachiai")


if __name__ == "__main__":
    main()
