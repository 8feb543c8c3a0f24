"""The rules of the house that no linter knows: sizes, opening sentences, words, migrations, documentation, links."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from pathlib import PurePosixPath

import pytest

from tests.support.sources import ENGINES, PACKAGES, ROOT, headings, imported, links, modules, text, tracked, tree

LONGEST_PYTHON = 350  # lines; a module is one idea, and one idea fits on a few screens
LONGEST_TEST = 500  # lines; the story of one port, told once for every implementation
LONGEST_FRONT = 400  # lines; a Vue file holds script and template
LONG_FOR_A_REASON: dict[str, str] = {}
"""Path → why this one idea needs more room."""

# Spelled in pieces, so that this file does not offend against itself.
UNFINISHED = re.compile(r"TO[D]O|FIXM[E]|\bXX[X]\b|NotImplemented[E]rror")
SKIPPED = re.compile(r"pytest\.ski[p]\(|mark\.ski[p]|\bit\.ski[p]\(|mark\.xfai[l]")
REGISTRIES = r"pypi[.]org|pythonhosted[.]org|npmjs[.](org|com)|yarnpkg[.]com|deb[.]debian[.]org"
ELSEWHERE = re.compile(REGISTRIES + r"|/wor[k]/|/roo[t]/|/tmp/bash[_]jobs|/hom[e]/[a-z]")
WRITTEN = (  # file: Makefile, Containerfile
    ".py",
    ".ts",
    ".tsx",
    ".vue",
    ".css",
    ".toml",
    ".json",
    ".md",
    ".service",
    "Makefile",
    "Containerfile",
    "run",
)
NO_FEATURES = {"app.demo", "app.web"}  # with models or routes, but not of the desk itself
DOCUMENTATION = list(tracked(".md"))
OPERATING = "docs/operating.md"


def test_modules_are_short() -> None:
    limits = {
        **dict.fromkeys(modules(*PACKAGES, ".ci"), LONGEST_PYTHON),
        **dict.fromkeys(modules("tests"), LONGEST_TEST),
        **{name: LONGEST_FRONT for name in tracked(".ts", ".tsx", ".vue") if ".gen." not in name},
    }
    sizes = {name: text(name).count("\n") for name in limits}
    too_long = {name: size for name, size in sizes.items() if size > limits[name] and name not in LONG_FOR_A_REASON}
    assert not too_long, f"split these, or give the reason in LONG_FOR_A_REASON: {too_long}"
    assert not [name for name in LONG_FOR_A_REASON if sizes.get(name, 0) <= LONGEST_PYTHON], "a reason is out of date"


@pytest.mark.parametrize("name", [name for name in modules(*PACKAGES, "tests", ".ci") if text(name).strip()])
def test_modules_open_with_a_sentence(name: str) -> None:
    opening = (ast.get_docstring(tree(name)) or "").split("\n\n")[0].strip()
    assert len(opening) >= 20, "open it with one sentence that says what the module is for"
    assert opening.endswith((".", "!", "?", ":")), f"not a sentence: {opening!r}"


def test_nothing_is_left_unfinished_or_skipped() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in tracked(*WRITTEN)
        for number, line in enumerate(text(name).splitlines(), start=1)
        if UNFINISHED.search(line) or SKIPPED.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_address_of_one_machine_or_registry() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked()
        for number, line in enumerate(text(name).splitlines(), start=1)
        if ELSEWHERE.search(line)
    ]
    assert not found, "\n".join(found)


def calls(name: str) -> list[tuple[int, str]]:
    """Line and dotted name of each call in a module, where the name can be read off."""
    return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree(name)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("name", modules(*PACKAGES))
def test_time_is_aware_and_handed_in(name: str) -> None:
    forbidden = {"datetime.utcnow", "datetime.datetime.utcnow", "datetime.utcfromtimestamp"}
    if PurePosixPath(name).name == "rules.py" or "rules" in PurePosixPath(name).parts:
        forbidden |= {"datetime.now", "time.time", "time.monotonic", "uuid4", "uuid.uuid4", "random.random"}
    used = [(line, call) for line, call in calls(name) if call in forbidden]
    naive = [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("datetime.now") and not node.args
    ]
    assert not used, f"hand in the moment (aware UTC), the id or the randomness: {used}"
    assert not [call for call in naive if "tz=" not in call[1]], f"naive: {naive}"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_module_of_an_engine_is_reached_by_its_tests(engine: str) -> None:
    """Imported by a test of the engine, or by a module that is."""
    tests = [name for name in tracked(".py") if name.startswith(f"tests/{engine}/")]
    names = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in modules(engine)}
    reached: set[str] = set()
    to_look_at = {module for name in tests for module in imported(name)}
    while found := (to_look_at & names.keys()) - reached:
        reached |= found
        to_look_at = {module for name in found for module in imported(names[name])}
    # A package whose tests have not begun has nothing to mirror yet.
    assert not tests or sorted(names.keys() - reached) == []


def test_migrations_never_rebuild_a_table() -> None:
    """On SQLite Tortoise does these by dropping the table: child rows and indexes are lost."""
    destructive = re.compile(r"\b(AlterField|RemoveField|RenameModel|DeleteModel)\b")
    found = [name for name in tracked(".py") if name.startswith("app/migrations/") and destructive.search(text(name))]
    assert not found, f"add instead, or write the rebuild by hand as SQL: {found}"


def test_no_statement_leaves_state_on_a_connection() -> None:
    """Connections return to the pool as they are (app/database.py): nothing may outlive its transaction on them."""
    statements = r"""["']\s*(SET (?!LOCAL|CONSTRAINTS)\w+|LISTEN |PREPARE |DECLARE |CREATE TEMP)"""
    leaves = re.compile(statements + r"|add_listener\(|pg_(try_)?advisory_lock")
    found = [name for name in modules("app") if leaves.search(text(name))]
    assert found == ["app/start_lock.py"], "its connection is its own; others need a transaction's lock or SET LOCAL"


def test_every_feature_is_under_the_import_contracts() -> None:
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    named = {container for contract in contracts for container in contract.get("containers", ())}
    features = {
        f"app.{PurePosixPath(name).parts[1]}"
        for name in modules("app")
        if PurePosixPath(name).parts[2:] in {("models.py",), ("routes.py",), ("routes", "__init__.py")}
    }
    assert features - named - NO_FEATURES == set(), "name these in the layers contracts"


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = {"runtime": project["dependencies"], "dev": project["optional-dependencies"]["dev"]}
    for lock, requirements in wanted.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", text(f".ci/locks/{lock}.txt"), re.MULTILINE))
        names = {re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-") for requirement in requirements}
        assert names <= locked, f"run the lock command for {lock}: {names - locked}"


@pytest.mark.parametrize("page", DOCUMENTATION)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    dead = []
    for target in links(text(page)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (ROOT / page).parent / path if path else ROOT / page
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in headings(goal.read_text())):
            dead.append(target)
    assert not dead


def documentation() -> str:
    return "\n".join(text(name) for name in DOCUMENTATION)


def settings() -> list[str]:
    from app.settings import Settings

    return [f"CASEFEED_{field.upper()}" for field in Settings.model_fields]


def test_every_setting_is_explained_to_operators() -> None:
    if (ROOT / OPERATING).is_file():
        assert [name for name in settings() if f"`{name}`" not in text(OPERATING)] == []


def test_operators_are_told_of_no_setting_that_does_not_exist() -> None:
    told = {name for page in DOCUMENTATION for name in re.findall(r"CASEFEED_[A-Z][A-Z_]*[A-Z]", text(page))}
    assert told <= set(settings())


def commands() -> list[str]:
    """Every command of the `casefeed` program, as typed."""
    if not (ROOT / "app" / "cli.py").is_file() and not (ROOT / "app" / "cli").is_dir():
        return []
    import click

    root = importlib.import_module("app.cli").main

    def walk(command: click.Command, path: str) -> list[str]:
        if isinstance(command, click.Group):
            return [found for name, child in command.commands.items() for found in walk(child, f"{path} {name}")]
        return [path]

    return walk(root, "casefeed") if isinstance(root, click.Command) else []


def test_every_command_is_documented() -> None:
    if (ROOT / OPERATING).is_file():
        assert [command for command in commands() if command not in documentation()] == []


def codes() -> list[str]:
    """Stable codes of the errors that an API client can meet, and the close codes of the live feed."""
    from app.errors import DeskError
    from channels.errors import CloseCode

    package = importlib.import_module("app")
    for found in pkgutil.walk_packages(package.__path__, "app."):
        if "migrations" not in found.name:
            importlib.import_module(found.name)

    def leaves(root: type[DeskError]) -> set[str]:
        return {root.code}.union(*(leaves(child) for child in root.__subclasses__()))

    return sorted(leaves(DeskError) - {DeskError.code}) + [str(int(code)) for code in CloseCode]


def test_every_code_is_documented() -> None:
    """A client's author finds in the docs what a code means and what to do."""
    if (ROOT / OPERATING).is_file():
        assert [code for code in codes() if f"`{code}`" not in documentation()] == []
