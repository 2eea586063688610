// Archived records. Who only cites one may know less of it: what is known of it stays.
UNWIND $rows AS row
MERGE (e:Evidence {id: row.id})
SET e.kind = row.kind, e.source = coalesce(row.source, e.source), e.digest = coalesce(row.digest, e.digest),
    e.url = coalesce(row.url, e.url), e.locator = coalesce(row.locator, e.locator),
    e.date = coalesce(date(row.date), e.date), e.date_text = coalesce(row.date_text, e.date_text),
    e.time = coalesce(datetime(row.time), e.time)
