"""python -m edgehost"""

from edgehost.cli import main

main()
