// One ingest, collection or attribution.
UNWIND $rows AS row
MERGE (r:Run {id: row.id})
SET r.kind = row.kind, r.source = row.source, r.input = row.input, r.input_name = row.input_name,
    r.dated = date(row.dated), r.software = row.software, r.catalogue = row.catalogue, r.rows = row.rows,
    r.left_out = row.left_out, r.counts = row.counts, r.unresolved = row.unresolved, r.finished = row.finished
