"""The work behind each kind of job.  Only what does the work loads numpy, scipy and pandas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from survey.work import demo, exports, frames, intake, samples, schemes, tables

WORK: dict[str, Callable[..., Any]] = {
    "weigh": tables.weigh,
    "index": tables.index,
    "release": tables.release,
    "report": tables.report,
    "recompute": tables.recompute,
    "scheme.replay": schemes.replay,
    "screen": tables.screen,
    "intake": intake.take_in,
    "demo.respond": demo.respond,
    "demo.fill": demo.fill,
    "frame.check": partial(frames.check_or_load, keep=False),
    "frame.import": partial(frames.check_or_load, keep=True),
    "frame.file": frames.load,
    "plan.propose": samples.propose,
    "plan.use": samples.use,
    "microdata.file": exports.to_file,
    "microdata.export": exports.to_folder,
}
