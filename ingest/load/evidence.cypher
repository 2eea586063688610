// Publications and rows of files.
UNWIND $rows AS row
MERGE (e:Evidence {id: row.id})
SET e.kind = row.kind, e.source = row.source, e.digest = row.digest, e.url = row.url, e.title = row.title,
    e.publisher = row.publisher, e.date = date(row.date), e.date_text = row.date_text, e.quote = row.quote,
    e.archived = row.archived, e.locator = row.locator
