"""Many codes sent from one device on one day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding

RULE, VERSION = "device_cluster", 1


def device_clusters(
    device: NDArray[np.str_],
    unit: NDArray[np.str_],
    *,
    fewest: int = 5,
    helped: NDArray[np.bool_] | None = None,
) -> list[Finding]:
    """Sheets that came from the same device on the same day, ``fewest`` of them or more.

    Parameters
    ----------
    device : (n,) str
        A label that is good for one day; "" where none is kept.
    helped : (n,) bool, optional
        Sheets that say somebody else held the device: an honest reason for a shared one.

    Notes
    -----
    A fact without a null: families share telephones (two, three sheets), a desk's tablet or an
    enumerator's serves dozens.  The facts say how many of the sheets name a helper.
    """
    found = []
    labels, group, size = np.unique(device, return_inverse=True, return_counts=True)
    for i in np.flatnonzero((size >= fewest) & (labels != "")):
        rows = np.flatnonzero(group == i)
        units, n = np.unique(unit[rows], return_counts=True)
        facts = {"sheets": int(rows.size), "units": int(units.size)}
        if helped is not None:
            facts["helped"] = int(helped[rows].sum())
        found.append(
            Finding(
                rule=RULE,
                version=VERSION,
                unit=str(units[n.argmax()]),
                subject=str(labels[i]),
                rows=tuple(int(r) for r in rows),
                facts=facts,
            )
        )
    return found


def marked_sheets(
    rule: str, marked: NDArray[np.bool_], unit: NDArray[np.str_], version: int = 1
) -> list[Finding]:
    """One finding for each sheet that carries a mark: officer present, office network …"""
    return [
        Finding(rule=rule, version=version, unit=str(unit[i]), rows=(int(i),))
        for i in np.flatnonzero(marked)
    ]
