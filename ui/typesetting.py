"""The process in which `ui.pdf.typeset_apart` makes one PDF: HTML from stdin, PDF to stdout.

The optional argument is the path of a further style sheet. Needs no Django settings.
"""

import resource
import sys
from pathlib import Path

from ui.pdf import MEMORY_BYTES, SECONDS, typeset


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    also = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode(), also=also))


if __name__ == "__main__":
    main()
