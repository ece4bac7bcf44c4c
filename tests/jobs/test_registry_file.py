"""Registry files as operators export them, and what is said of those that are wrong."""

import io
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trc_mee6.errors import InputMalformed
from trc_mee6.jobs.registry_file import read_entries
from trc_mee6.store.registry import Entry

ONE, TWO = 100000000000000001, 100000000000000002
ADA = Entry(ONE, "7", "Ada")
BEA = Entry(TWO, None, None)


def read(body: bytes | str) -> list[Entry]:
    body = body.encode() if isinstance(body, str) else body
    return read_entries(Path("-"), io.BytesIO(body))


def complaint(body: bytes | str) -> str:
    with pytest.raises(InputMalformed) as caught:
        read(body)
    assert caught.value.exit_code == 65
    assert "Nothing was imported" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE},7,Ada\n{TWO}\n",
        f"{ONE},7,Ada\n{TWO},,",
        f"{ONE};7;Ada\n{TWO};;\n",
        f"{ONE}\t7\tAda\n{TWO}\t\t\n",
        f"discord_id,member_id,name\n{ONE},7,Ada\n{TWO},,\n",
        f"Name;Discord_ID;Member_ID;since\nAda;{ONE};7;2020\n;{TWO};;\n",
        f'"discord_id","member_id","name"\r\n"{ONE}","7","Ada"\r\n"{TWO}","",""\r\n',
        f"\ufeffdiscord_id,member_id,name\n{ONE},7,Ada\n{TWO},,\n",
        f"\n\n{ONE} ; 7 ; Ada \n ; ; \n\n{TWO};;\n",
        f"{ONE},7,Ada\n{ONE},7,Ada\n{TWO},,\n",
        f"{ONE},7,Ada\r{TWO},,\r",
        f'[{{"discord_id": "{ONE}", "member_id": "7", "name": "Ada"}}, "{TWO}"]',
        f'  [{{"discord_id": {ONE}, "member_id": 7, "name": "Ada", "x": [1]}},\n{TWO}]\n',
        f'\ufeff[{{"discord_id":{ONE},"member_id":7,"name":"Ada"}},{{"discord_id":{TWO},"name":""}}]',
    ],
)
def test_files_as_programs_and_spreadsheets_write_them_are_understood(text):
    assert read(text) == [ADA, BEA]


def test_a_quoted_cell_may_hold_what_separates_others():
    assert read(f'{ONE},"7","Ada; Lovelace, ""the first"""\n') == [
        Entry(ONE, "7", 'Ada; Lovelace, "the first"')
    ]


@given(
    st.lists(
        st.builds(
            Entry,
            st.integers(10**17, 2**63 - 1),
            st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
            st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
        ),
        min_size=1,
        unique_by=(lambda entry: entry.discord_id, lambda entry: entry.member_id or object()),
    )
)
def test_json_gives_back_every_text_as_it_was(entries):
    assert read(json.dumps([entry._asdict() for entry in entries])) == entries


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("12,7\n", "line 1, column 1: discord_id is '12'; a Discord id is"),
        (f"{ONE}\nhello,7\n", "line 2, column 1: discord_id is 'hello'; a Discord id is"),
        (f"{ONE}\n,7\n", "line 2, column 1: discord_id is ''; a Discord id is"),
        (f"name,discord_id\nAda,{ONE}\nBea,1.2E+17\n", "line 3, column 2: discord_id is '1.2E+17'"),
        ("1.2E+17\n", "which a spreadsheet rounded: format the column as text"),
        (f"name,discord_id\nAda,{ONE}\nBea\n", "line 3, column 2: there is no discord_id"),
        ("name,member_id\nAda,7\n", "line 1, column 1: the header names no discord_id"),
        (f"\n{ONE},7,Ada\n{ONE},8,Ada\n", f"line 3, column 1: {ONE} stands here again"),
        (f"{ONE},7\n{TWO},7\n", f"line 2, column 1: member_id '7' is already that of {ONE}"),
        (f'{ONE},7,"Ada\nLovelace"\nx\n', "line 3, column 1: discord_id is 'x'"),
        (f'{ONE},7,Ada\n{TWO},"8\n', "line 2, column 1: unexpected end of data"),
        (f'{ONE},7,"Ada"x\n', "line 1, column 1: "),
        (f'{ONE}\t7\t"Ada"x\n', "line 1, column 1: '␉' expected after"),
        (f"{ONE},7\0,Ada\n", "line 1, column 2: member_id is no text a database can keep"),
        (f"{ONE},7,A\0\n", "line 1, column 3: name is no text a database can keep"),
        (f"{ONE},7,Ada\n{TWO},8,".encode() + b"J\xf6rg\n", "line 2, column 23: not UTF-8"),
        (f"{ONE},7,Ada\n".encode("utf-16"), "line 1, column 1: not UTF-8"),
        ("", "The file has no members"),
        ("\n \n", "The file has no members"),
        ("discord_id,member_id\n", "The file has no members"),
        ("[]", "The file has no members"),
        ('{"discord_id": 1}', "line 1, column 1: not an array of members"),
        (f'[\n  "{ONE}",\n  12\n]', "line 3, column 3: discord_id is '12'"),
        (f'[{{"discord_id": {ONE}}},\n {{"name": "Bea"}}]', "line 2, column 2: there is no disc"),
        ("[1.2e+17]", "line 1, column 2: discord_id is '1.2e+17', which a spreadsheet rounded"),
        ("[true]", "line 1, column 2: discord_id is 'True'"),
        ("[[1]]", "line 1, column 2: discord_id is '[1]'"),
        (f'[{{"discord_id": {ONE}, "member_id": 1.5}}]', "member_id is neither text nor a whole"),
        (f'[{{"discord_id": {ONE}, "name": ["Ada"]}}]', "name is neither text nor a whole number"),
        (f'[{{"discord_id": {ONE}, "name": "\\ud800"}}]', "name is no text a database can keep"),
        (f'[\n"{ONE}"', "line 2, column 21: a comma or ] is missing"),
        (f'["{ONE}" "{TWO}"]', "line 1, column 23: a comma or ] is missing"),
        (f'["{ONE}",\n oops]', "line 2, column 2: not valid JSON"),
        ("[", "line 1, column 2: not valid JSON"),
        (f'["{ONE}"]\n[]', "line 2, column 1: something follows the array"),
        ("[" + "[" * 100_000, "line 1, column 2: not valid JSON"),
        ("[" + "1" * 5000 + "]", "line 1, column 2: not valid JSON"),
    ],
)
def test_the_first_bad_row_is_named_by_line_and_column(body, says):
    said = complaint(body)
    assert says in said
    assert len(said) < 300


@pytest.mark.parametrize("start", ["[", "[\n"])
def test_many_members_take_no_longer_each_than_few(start):
    many = range(ONE, ONE + 30_000)
    began = time.process_time()
    assert len(read(start + ",\n".join(f'"{discord_id}"' for discord_id in many) + "]")) == 30_000
    assert time.process_time() - began < 2  # seconds; it took 5 when lines were counted anew


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, why in ((tmp_path / "nowhere.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InputMalformed, match=f"{path.name} cannot be read: {why}"):
            read_entries(path, io.BytesIO())


def test_a_file_is_read_from_its_path(tmp_path):
    (tmp_path / "people.csv").write_text(f"{ONE},7,Ada\n")
    assert read_entries(tmp_path / "people.csv", io.BytesIO()) == [ADA]
