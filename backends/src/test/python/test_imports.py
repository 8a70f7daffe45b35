"""Which module of the worker imports which."""

from __future__ import annotations

import ast
import pathlib

import nereid_worker

MODULES = {file.stem: file for file in pathlib.Path(nereid_worker.__file__).parent.glob("*.py")}


def imported_by(module: str) -> set[str]:
    """The modules that it imports, also if only for their types."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            source = (node.module or "nereid_worker").split(".")[-1]
            names |= {each.name for each in node.names} if source == "nereid_worker" else {source}
    return names & MODULES.keys()


def reached_from(module: str) -> set[str]:
    reached: set[str] = set()
    ahead = imported_by(module)
    while ahead:
        reached |= ahead
        ahead = {name for each in ahead for name in imported_by(each)} - reached
    return reached


def test_no_module_imports_itself_by_way_of_others():
    assert "calls" in reached_from("requests")
    assert [module for module in MODULES if module in reached_from(module)] == []
