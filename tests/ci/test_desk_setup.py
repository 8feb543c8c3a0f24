"""Setting up: what is done again and what is not, and one clear sentence for everything that goes wrong."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[2] / ".ci"
sys.path.insert(0, str(CI))

from desk_setup import environment as environments  # noqa: E402
from desk_setup.environment import COMMAND, Environment, prepare_environment, usable  # noqa: E402
from desk_setup.front_end import sources  # noqa: E402
from desk_setup.preflight import check_port, option, port_problem, wanted_address  # noqa: E402
from desk_setup.problems import (  # noqa: E402
    NO_SPACE,
    WRONG_HASH,
    SetupProblem,
    explain,
    explain_os_error,
)
from desk_setup.stamps import digest, read_stamp, stale, write_stamp  # noqa: E402
from desk_setup.steps import run_step  # noqa: E402


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", NO_SPACE),
        ("npm error code ENOSPC", NO_SPACE),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", WRONG_HASH),
        ("npm error code EINTEGRITY", WRONG_HASH),
    ],
)
def test_known_causes_have_their_sentence(output: str, sentence: str) -> None:
    assert explain(output, what="Python packages") == sentence


@pytest.mark.parametrize(
    "output",
    [
        "Retrying (Retry(total=2)) after connection broken by 'NewConnectionError(...)'\nERROR: No matching "
        "distribution found for aioimaplib==2.0.3",
        "npm error code ENOTFOUND\nnpm error network request to the registry failed",
        "npm error code ECONNREFUSED",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
    ],
)
def test_an_unreachable_registry_is_named_even_where_the_installer_blames_the_package(output: str) -> None:
    sentence = explain(output, what="Python packages")
    assert sentence is not None
    assert sentence.startswith("The Python packages could not be fetched because their registry cannot be reached")


def test_a_package_without_a_build_for_this_machine_is_named() -> None:
    sentence = explain("ERROR: No matching distribution found for uvloop==0.23", what="Python packages")
    assert sentence is not None
    assert "uvloop==0.23" in sentence


def test_an_unknown_cause_is_not_guessed() -> None:
    assert explain("Segmentation fault", what="Python packages") is None


def test_a_failed_step_tells_its_last_line_and_where_everything_is(tmp_path: Path) -> None:
    log = tmp_path / "setup.log"
    command = [sys.executable, "-c", "print('one'); print('two'); raise SystemExit(3)"]
    with pytest.raises(SetupProblem) as problem:
        run_step("Front end", command, what="front end", log=log, cwd=tmp_path, env=os.environ)
    assert str(problem.value) == f"Front end failed (two); everything it said is in {log}."
    assert "one\ntwo\n" in log.read_text()


def test_file_errors_become_sentences() -> None:
    assert explain_os_error(OSError(errno.ENOSPC, "No space left on device")) == NO_SPACE
    refused = explain_os_error(PermissionError(errno.EACCES, "Permission denied", "/srv/casefeed/.venv"))
    assert refused.startswith("/srv/casefeed/.venv cannot be written: ")


def test_the_address_follows_arguments_then_environment_then_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    assert wanted_address({}, env_file, []) == ("127.0.0.1", 8000)
    env_file.write_text("# comment\nCASEFEED_PORT=8101\nexport CASEFEED_HOST='0.0.0.0'\n")
    assert wanted_address({}, env_file, []) == ("0.0.0.0", 8101)
    assert wanted_address({"CASEFEED_PORT": "8102"}, env_file, []) == ("0.0.0.0", 8102)
    assert wanted_address({"CASEFEED_PORT": "8102"}, env_file, ["--port", "8103"]) == ("0.0.0.0", 8103)


def test_options_are_read_in_both_spellings() -> None:
    assert option(["--port=9", "--host", "h"], "--port") == "9"
    assert option(["--port=9", "--host", "h"], "--host") == "h"
    assert option(["--port"], "--port") is None


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match="is not a number from 1 to 65535"):
        wanted_address({"CASEFEED_PORT": port}, tmp_path / ".env", [])


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SetupProblem, match=f"Port {port} of 127.0.0.1 is in use .* make run ARGS='--port "):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_other_port_problems_are_told_apart() -> None:
    assert "above 1023" in port_problem(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert "mend CASEFEED_HOST" in port_problem(OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "203.0.113.5", 8000)


def test_a_digest_changes_with_names_contents_and_extras(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("one")
    second.write_text("two")
    whole = digest([first, second], base=tmp_path)
    assert digest([second, first], base=tmp_path) == whole
    assert digest([first], base=tmp_path) != whole
    assert digest([first, second], "3.13", base=tmp_path) != whole
    second.rename(tmp_path / "c")
    assert digest([first, tmp_path / "c"], base=tmp_path) != whole


def test_stamps_survive_anything_unreadable(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.json"
    assert read_stamp(stamp) == {}
    stamp.write_text("{half")
    assert read_stamp(stamp) == {}
    write_stamp(stamp, {"runtime": "1", "dev": "2"})
    assert stale(read_stamp(stamp), {"runtime": "1"}) == []
    assert stale(read_stamp(stamp), {"runtime": "1", "dev": "3"}) == ["dev"]


def test_a_build_depends_on_sources_only(tmp_path: Path) -> None:
    for name in (
        "package.json",
        "src/console.ts",
        "src/due.test.ts",
        "src/kit.gen.d.ts",
        "dist/x.js",
        "node_modules/y.js",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert {path.relative_to(tmp_path).as_posix() for path in sources(tmp_path)} == {"package.json", "src/console.ts"}


@pytest.fixture
def clone(tmp_path: Path) -> Environment:
    """A clone whose environment is there, made by a real venv, with lock files of its own."""
    root = tmp_path / "clone"
    (root / ".ci" / "locks").mkdir(parents=True)
    for name in ("runtime", "dev"):
        (root / ".ci" / "locks" / f"{name}.txt").write_text(f"# {name}\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    return Environment(root)


def test_an_environment_of_another_python_or_place_is_made_anew(clone: Environment) -> None:
    assert usable(clone)
    assert not usable(clone, version=(3, 99))
    write_stamp(clone.stamp, {"root": "/srv/elsewhere"})
    assert not usable(clone)
    assert not usable(Environment(clone.root / "nowhere"))


def test_packages_are_installed_once_per_lock(clone: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(environments, "install", lambda _, lock, *, log: installed.append(lock.name))

    def prepare(*, development: bool) -> list[str]:
        installed.clear()
        prepare_environment(clone, development=development, log=clone.root / "setup.log")
        return installed

    assert prepare(development=False) == ["runtime.txt"]
    assert prepare(development=False) == []
    assert prepare(development=True) == ["dev.txt"]
    assert prepare(development=False) == []
    (clone.root / ".ci" / "locks" / "runtime.txt").write_text("# newer\n")
    assert prepare(development=False) == ["runtime.txt"]
    assert prepare(development=True) == ["dev.txt"]


def test_the_command_starts_in_a_folder_with_spaces(tmp_path: Path) -> None:
    root = tmp_path / "a folder with spaces"
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").write_text("")
    (root / "app" / "cli.py").write_text("import sys\ndef main():\n    print('started', sys.argv[1:])\n    return 7\n")
    command = root / "casefeed"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    done = subprocess.run([command, "serve"], cwd=root, capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert (done.stdout, done.returncode) == ("started ['serve']\n", 7)


def test_the_first_file_can_be_read_by_old_pythons() -> None:
    """Any newer syntax would turn the one clear sentence into a SyntaxError."""
    source = (CI / "bootstrap.py").read_text()
    compile(source, "bootstrap.py", "exec", flags=0, dont_inherit=True)
    assert "from __future__" not in source
    assert not [line for line in source.splitlines() if 'f"' in line or ":=" in line or " -> " in line]
