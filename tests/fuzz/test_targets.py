"""The targets, fed with any bytes and with mangled documents; `make fuzz` is the long form."""

import re

import pytest
from fuzz.targets import TARGETS, from_standard_input
from hypothesis import given, settings
from hypothesis import strategies as st

from trc_mee6.errors import InputMalformed
from trc_mee6.jobs.registry_file import read_entries

EXAMPLES = {"page": 1000, "registry": 1000, "settings": 300}  # as many as a few seconds allow
PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+|.', re.DOTALL)  # a text, a word, a mark


@st.composite
def mangled(draw, target):
    """A valid document of which pieces were replaced, filled or cut, or which ends as another."""
    documents = st.sampled_from(target.seeds)
    pieces = PIECE.findall(draw(documents))
    words = st.sampled_from([word.encode() for word in target.words])
    values = [at for at, piece in enumerate(pieces) if piece[:1] == b'"' or piece.isalnum()]
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        at = draw(st.one_of(*[st.sampled_from(values)] * 6, st.integers(0, len(pieces) - 1)))
        other = st.sampled_from([pieces[value] for value in values])
        piece, put = pieces[at], draw(st.one_of(words, words, words, other, st.binary(max_size=4)))
        if draw(st.booleans()):
            put = put.strip(b'"').join((piece[:1], piece[1:]))  # within a text, most likely
        pieces[at] = put
    body = b"".join(pieces)
    if draw(st.sampled_from([False] * 9 + [True])):
        other = draw(documents)
        body = body[: draw(st.integers(0, len(body)))] + other[draw(st.integers(0, len(other))) :]
    return body


@pytest.mark.parametrize("name", TARGETS)
def test_the_documents_to_begin_with_are_understood(name):
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_give_only_errors_of_our_own(name):
    @given(st.binary() | st.text().map(str.encode))
    def fed(body):
        TARGETS[name].check(body)

    fed()


@pytest.mark.parametrize("name", TARGETS)
def test_mangled_documents_give_only_errors_of_our_own_and_break_no_promise(name):
    @settings(max_examples=EXAMPLES[name])
    @given(mangled(TARGETS[name]))
    def fed(body):
        TARGETS[name].check(body)

    fed()


@settings(max_examples=50)
@given(body=mangled(TARGETS["registry"]))
def test_a_registry_from_a_file_is_as_from_standard_input(tmp_path, body):
    def outcome(read):
        try:
            return read()
        except InputMalformed as error:
            return str(error)

    file = tmp_path / "members"
    file.write_bytes(body)
    from_file = outcome(lambda: read_entries(file, None))
    assert from_file == outcome(lambda: from_standard_input(body))
