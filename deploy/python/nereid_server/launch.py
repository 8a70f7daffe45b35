"""The command `nereid`: becomes the server's launcher, bin/nereid of the distribution in this package."""

import os
import shutil
import sys

from nereid_server import aot_cache, packaged

# With these the command answers and ends: too short for an AOT cache to be made beside it.
QUESTIONS = ("--help", "--version", "-h", "-v", "help", "version")
COMMANDS_THAT_SERVE_NOTHING = ("validate", "perf", "tune")


def main():
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    java_home = environment.setdefault("NEREID_JAVA_HOME", packaged.java_home())
    put_python_first(environment)
    if "NEREID_AOT_CACHE" not in environment:
        environment["NEREID_AOT_CACHE"] = aot_cache.find_or_make(packaged.DISTRIBUTION, java_home, serves(arguments))
    launcher = os.path.join(packaged.DISTRIBUTION, "bin", "nereid")
    # By bash's name, since not every installer keeps the permission to execute a file.
    try:
        os.execvpe("bash", ["bash", launcher, *arguments], environment)
    except FileNotFoundError:
        sys.exit("nereid: no bash found in PATH; the server is started by a bash script")


def put_python_first(environment):
    """Python models run on the `python3` of the PATH: that is to be this one, with the packages beside this one."""
    path = environment.get("PATH", os.defpath)
    found = shutil.which("python3", path=path)
    if found is None or not os.path.samefile(os.path.dirname(found), os.path.dirname(sys.executable)):
        environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + path


def serves(arguments):
    """Whether a server is started that is likely to stay."""
    return arguments[:1] not in [[command] for command in COMMANDS_THAT_SERVE_NOTHING] and not any(
        argument in QUESTIONS for argument in arguments
    )


if __name__ == "__main__":
    main()
