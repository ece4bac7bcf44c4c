"""What looks over all tests' shoulders does see a secret, whichever way it is shown.

Here from a worker of pytest-xdist, which is how the whole suite runs.
"""

from pathlib import Path
from textwrap import dedent

pytest_plugins = ["pytester"]

SHOWN_BY = {
    "a_process": "run_to_end([sys.executable, '-c', f'print({TOKEN!r})'], {}, tmp_path)",
    "the_errors_of_a_process": "run_to_end(['ls', PASSWORD], {}, tmp_path)",
    "a_process_that_is_stopped": "Started(['echo', PASSWORD], stdout=-1, text=True).communicate()",
    "a_process_with_our_own_streams": "subprocess.Popen(['echo', PASSWORD]).wait()",
    "printing_it": "print(TOKEN)",
    "what_the_test_read_itself": "print(TOKEN); capsys.readouterr()",
    "logging_it": "logging.getLogger('trc_mee6').warning(TOKEN)",
    "capitals": "print(TOKEN.upper())",
    "a_fixture_that_ends": "request.addfinalizer(lambda: print(TOKEN))",
}


def test_whoever_shows_a_secret_fails_by_name_and_nobody_else(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    head = """
        import logging, subprocess, sys
        from support import PASSWORD, TOKEN, Started, run_to_end

        def test_showing_nothing(capsys):
            print(TOKEN[:5])
        """
    tests = "".join(
        f"\ndef test_{name}(request, tmp_path, capsys):\n    {line}\n"
        for name, line in SHOWN_BY.items()
    )
    pytester.makeconftest("pytest_plugins = ['secrets_shown']")
    pytester.makepyfile(dedent(head) + tests)
    ran = pytester.runpytest_subprocess("-n1", "-rfE", "--show-capture=no")
    failed = {line.split("::")[1].split()[0] for line in ran.outlines if line.startswith("FAILED")}
    errors = {line.split("::")[1].split()[0] for line in ran.outlines if line.startswith("ERROR")}
    assert failed | errors == {f"test_{name}" for name in SHOWN_BY}
    assert errors == {"test_a_fixture_that_ends"}
    assert ran.outlines.count("This test shows a secret:") == len(SHOWN_BY)
