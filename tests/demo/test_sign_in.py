"""The demo's passwords are known to everybody: they work on the machine that runs it alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.demo.situations import PAYS_NOT, visitor_address
from backend.demo.staffing import PASSWORD
from backend.identity import sign_in
from backend.identity.errors import DemoIsLocal
from backend.identity.sessions import Device, Issued
from tests.demo.loading import Demo


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
async def test_the_visitors_of_the_demo_sign_in_from_this_machine(demo: Demo, address: str) -> None:
    for email in ("csm@demo.example", visitor_address(PAYS_NOT)):
        issued = await sign_in.with_password(
            demo.database, demo.settings, email=email, password=PASSWORD, device=Device("", address)
        )

        assert isinstance(issued, Issued)


async def test_nobody_signs_in_to_a_demo_that_a_proxy_serves_to_others(demo: Demo) -> None:
    served = replace(demo.settings, public_url="https://success.example.com")

    with pytest.raises(DemoIsLocal):
        await sign_in.with_password(
            demo.database, served, email="csm@demo.example", password=PASSWORD, device=Device("", "127.0.0.1")
        )


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.4", "2001:db8::1", ""])
async def test_nobody_signs_in_to_the_demo_from_another_machine(demo: Demo, address: str) -> None:
    with pytest.raises(DemoIsLocal):
        await sign_in.with_password(
            demo.database, demo.settings, email="csm@demo.example", password=PASSWORD, device=Device("", address)
        )
