"""`cp` of a file, then the wait until the disk has it; says the seconds of the first, and of both."""

import os
import subprocess
import sys
import time

source, target = sys.argv[1:]
begun = time.perf_counter()
subprocess.run(["cp", source, target], check=True)
copied = time.perf_counter() - begun
with open(target, "rb") as file:  # noqa: PTH123
    os.fsync(file.fileno())
print(copied, time.perf_counter() - begun)
