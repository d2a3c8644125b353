"""One engine on one file, alone in its process: prints seconds and peak memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

ITEMS = [f"q{j}" for j in range(1, 26)]
DESIGN = {"weights": "w", "strata": "commune", "psu": "village", "nest": True}


def main(engine: str, file: str, by: list[str]) -> None:
    begun = time.perf_counter()
    if engine == "frame":
        import duckdb

        from analysis.design import SurveyDesign

        frame = duckdb.execute("SELECT * FROM read_parquet(?)", [file]).df()
        made = SurveyDesign(frame, **DESIGN).mean(ITEMS, by=by)
    else:
        from analysis.engines.stored import StoredDesign

        made = StoredDesign(file, engine=engine, **DESIGN).mean(ITEMS, by=by)
    took = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": took,
                "cpu": used.ru_utime + used.ru_stime,
                "peak_mib": used.ru_maxrss / 1024,
                "estimate": float(made.table["estimate"].sum()),
                "se": float(made.table["se"].sum()),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3].split(","))
