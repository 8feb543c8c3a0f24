"""Several tabs are one person, doing the busiest thing; a place that is not renewed ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.frames import Person
from channels.presence import Crowd, Place, difference

MARIA = "user/1"
TOMAS = "user/2"


def test_several_tabs_are_one_person_doing_the_busiest_thing() -> None:
    crowd = Crowd().here("tab 1", Place(MARIA, "Maria Keller", "viewing"))
    crowd = crowd.here("tab 2", Place(MARIA, "Maria Keller", "editing"))
    crowd = crowd.here("tab 3", Place(TOMAS, "Tomas Lind", "away"))
    assert list(crowd.people().values()) == [
        Person(MARIA, "Maria Keller", "editing"),
        Person(TOMAS, "Tomas Lind", "away"),
    ]
    assert crowd.gone("tab 2").people()[MARIA].doing == "viewing"
    assert MARIA not in crowd.gone("tab 2").gone("tab 1").people()


def test_a_value_never_changes() -> None:
    before = Crowd().here("tab", Place(MARIA, "Maria Keller", "viewing"))
    before.here("other", Place(TOMAS, "Tomas Lind", "viewing"))
    before.gone("tab")
    assert set(before.places) == {"tab"}


def test_places_end_unless_renewed() -> None:
    crowd = Crowd().here("tab", Place(MARIA, "Maria Keller", "viewing", until=45.0))
    assert crowd.expired(44.9) is crowd
    assert crowd.expired(45.0).people() == {}
    assert crowd.here("tab", Place(MARIA, "Maria Keller", "viewing", until=60.0)).expired(45.0).people()


people = st.dictionaries(
    st.sampled_from(["user/1", "user/2", "user/3"]), st.sampled_from(["viewing", "noting", "editing", "away"])
).map(lambda doings: {member: Person(member, "somebody", doing) for member, doing in doings.items()})


@given(people, people)
def test_a_difference_leads_from_the_one_to_the_other(before: dict[str, Person], after: dict[str, Person]) -> None:
    came, left = difference(before, after)
    result = {member: person for member, person in before.items() if member not in left}
    result.update({person.member: person for person in came})
    assert result == after
    assert all(before.get(person.member) != person for person in came)
