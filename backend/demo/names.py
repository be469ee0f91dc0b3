"""Words that the demo's names and sentences are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random

FIRST_WORDS = """Alder Amber Ashford Aster Beacon Birch Bramble Bright Brook Cedar Cinder Clover Cobalt Copper Coral
Crescent Dale Dawn Delta Drift Ember Fable Fern Field Flint Forest Garnet Glen Golden Granite Grove Hazel Heather
Heron Hollow Horizon Indigo Iron Ivory Juniper Lark Laurel Lime Linden Lumen Maple Marble Meadow Mercer Mill Moss
Nimbus North Oak Onyx Opal Orchard Otter Pebble Pine Plum Poplar Prairie Quarry Quill Raven Reed Ridge River Robin
Rowan Saffron Sage Silver Sparrow Spruce Stone Summit Swift Thistle Timber Topaz Vale Velvet Violet Walnut Willow
Winter Wren Yarrow""".split()  # noqa: SIM905 - words, as they are read

SECOND_WORDS = """bridge brook crest dale field ford gate haven hill land light line mark mere peak point port ridge
shore side stead stone vale view water way well wood works""".split()  # noqa: SIM905 - as above

KINDS: dict[str, tuple[str, ...]] = {
    "retail": ("Outfitters", "Home", "Market", "Goods"),
    "software": ("Software", "Labs", "Systems", "Cloud"),
    "travel": ("Travel", "Hotels", "Tours", "Cruises"),
    "finance": ("Capital", "Insurance", "Credit Union", "Payments"),
    "healthcare": ("Health", "Dental", "Clinics", "Care"),
    "education": ("Academy", "Learning", "School", "Tutors"),
    "logistics": ("Logistics", "Freight", "Couriers", "Storage"),
    "media": ("Press", "Studios", "Media", "Radio"),
    "food": ("Kitchens", "Foods", "Bakery", "Coffee"),
    "energy": ("Energy", "Solar", "Power", "Utilities"),
}
"""Industry → what companies of it call themselves."""

USE_CASES = ("customer support", "sales chat", "internal help desk", "booking", "order tracking")
REGIONS = ("Europe", "Americas", "Asia-Pacific", "Africa", "Middle East")
GOALS = (
    "Answer half of all questions without a person",
    "First answers within a minute, day and night",
    "One assistant for all brands",
    "Fewer repeated questions to the team",
    "Bookings by chat instead of by phone",
)

GIVEN = """Aisha Alejandro Amara Anders Anna Ayumi Bruno Camila Chen Chidi Clara Daniel Deepa Elena Elif Emeka Emma Erik
Fatima Felix Gabriel Grace Hana Hugo Ines Ingrid Isaac Ivan Jamal Jana Joao Julia Kamal Karin Kenji Laila Lars Leila
Leo Lina Lucas Maja Marco Maria Mateo Mei Mina Mohamed Nadia Nikhil Nina Noah Olga Omar Oscar Paula Pavel Priya Rafael
Ravi Rosa Ruth Sami Sara Sofia Stefan Sven Tara Theo Tomas Uma Vera Victor Wei Yara Yusuf Zeynep
Zoe""".split()  # noqa: SIM905 - as above
FAMILY = """Abe Adeyemi Ahmed Almeida Andersen Bauer Becker Bianchi Brown Castro Chen Costa Cruz Dubois Eriksson Fischer
Fernandez Garcia Gruber Haddad Hansen Hoffmann Ito Ivanov Jansen Johansson Kaya Keller Khan Kim Kowalski Kumar Larsen
Lee Lopez Martin Mbeki Mendes Meyer Moreau Moretti Mueller Nakamura Nguyen Novak Nowak Okafor Olsen Osei Park Patel
Pereira Petrov Popescu Reyes Ricci Rossi Sato Schmidt Sharma Silva Singh Sorensen Souza Tanaka Torres Varga Vogel Wagner
Walker Wang Weber Yilmaz Zhang""".split()  # noqa: SIM905 - as above
TITLES = (
    "Head of Support",
    "Support Agent",
    "Operations Manager",
    "Customer Care Lead",
    "Product Manager",
    "Team Lead",
    "Support Agent",
    "Knowledge Manager",
)

TOUCHES = {
    "good": (
        "Monthly call: numbers look good, the team answers most questions through the assistant.",
        "Showed the new reports; they want to use them in their own monthly review.",
        "Talked about a second team joining; they will come back with a date.",
        "Short check-in by mail, nothing open on their side.",
    ),
    "bad": (
        "Call about the fall in use: two people left, nobody had taken over the knowledge base.",
        "They do not see the value yet; agreed on one goal for the next four weeks.",
        "Asked why answers got worse; we go through the saved replies together next week.",
        "Nobody turned up for the call. Sent three times to choose from.",
    ),
    "rescue": (
        "Rescue call with both leads: retrain two people, connect the shop first.",
        "Training for the new people; the integration works since this morning.",
        "Second session: use is back, they want a weekly note for a month.",
    ),
}
NOTES = (
    "The budget for next year is decided in autumn.",
    "Prefers mail to calls; answers within the day.",
    "Their head of support is new and compares tools.",
    "Would talk to other customers about how they started.",
    "Legal wants to see the data processing terms before the renewal.",
)
MOODS = {
    "GREEN": "Engaged, answers fast, brings ideas.",
    "YELLOW": "Friendly, but the project has no owner on their side.",
    "RED": "Unhappy with what they get for the price.",
}
TASKS = (
    "Prepare the renewal conversation",
    "Ask who takes over the knowledge base",
    "Send the onboarding plan",
    "Follow up on the open support case",
    "Review usage with the team lead",
    "Agree on a goal for the quarter",
)
REASONS = ("Price", "Went to a competitor", "Project stopped", "Company closed", "Too little use")


def company_names(rng: Random) -> Iterator[tuple[str, str]]:
    """Names of companies with their industry, each once, without end of practical importance."""
    industries = list(KINDS)
    pairs = list(itertools.product(FIRST_WORDS, SECOND_WORDS))
    rng.shuffle(pairs)
    for first, second in pairs:
        industry = rng.choice(industries)
        yield f"{first}{second} {rng.choice(KINDS[industry])}", industry


def slug(name: str) -> str:
    """A name as part of an address: letters and digits alone."""
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
