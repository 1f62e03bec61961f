"""One measured run in a process of its own: `python -m bench.measure WAY FILE`. Prints one JSON line.

Ways from file to index: `pipeline`, `plain`. Ways of reading posts, without Elasticsearch: `read`, `snow`.
"""

import csv
import json
import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from collectors.spreadsheet import best_match
from pipeline.collect import import_file, spreadsheets
from pipeline.enrich import enrich_pending
from pipeline.reading import post_reader
from pipeline.runtime import Runtime
from store.periods import OTHER
from store.posts import count_posts

AT = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)


def pipeline(runtime: Runtime, file: Path) -> int:
    """What `yuqing import` does: land, mask, segment, score, assess, index in bulk. The number of searchable posts."""
    import_file(runtime, file, AT)
    enrich_pending(runtime, AT)
    return count_posts(runtime.es, runtime.names)


def plain(runtime: Runtime, file: Path) -> int:
    """The plain way of a tutorial: for each row SnowNLP on the text, then one index call. The number of searchable posts."""
    from snownlp import SnowNLP

    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            text = SnowNLP(row["标题"] + "\n" + row["内容"])
            document = {
                "id": row["编号"],
                "title": row["标题"],
                "body": row["内容"],
                "tokens": " ".join(text.words),
                "sentiment": text.sentiments,
                "keywords": text.keywords(5),
            }
            runtime.es.index(index=runtime.names.posts_in(OTHER), id=row["编号"], document=document)
    return count_posts(runtime.es, runtime.names)


def read(runtime: Runtime, file: Path) -> int:
    """The whole reading of each post: parse, clean, mask, segment, sentiment, topic, keywords, places, risk."""
    source = best_match(spreadsheets(runtime), file)
    with post_reader(runtime) as reader:
        batches = (reader.read(source.name, AT, batch.items) for batch in source.read_file(file))
        return sum(len(part.posts) for batch in batches for part in batch)


def snow(runtime: Runtime, file: Path) -> int:
    """SnowNLP as it comes, for the sentiment of each post alone."""
    from snownlp import SnowNLP

    with file.open(encoding="utf-8", newline="") as stream:
        texts = [f"{row['标题']}\n{row['内容']}" for row in csv.DictReader(stream)]
    return sum(0 <= SnowNLP(text).sentiments <= 1 for text in texts)


INDEXING = {"pipeline": pipeline, "plain": plain}
READING = {"read": read, "snow": snow}


def main() -> None:
    """Measure one way on one file; the time starts after the imports, the loading of models and the first connection."""
    name, file = sys.argv[1], Path(sys.argv[2])
    if name in READING:
        # What is compared is the work, not how many cores help with it.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    runtime = Runtime.from_environment(os.environ)
    if name in INDEXING:
        count_posts(runtime.es, runtime.names)
    if name == "snow":
        import snownlp  # noqa: F401  its models are loaded on import
    else:
        _ = runtime.enricher
    way = {**INDEXING, **READING}[name]
    begun = time.perf_counter()
    posts = way(runtime, file)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"posts": posts, "seconds": round(seconds, 2), "peak_mib": round(peak, 1)}))


if __name__ == "__main__":
    main()
