// question = "What was said about who serves whom, and taken back?"
// about = """
// One row per retracted claim and statement that takes it back. These claims stand in no other answer and in no
// picture. By that day means: said about a time not after the day asked for, and taken back by the day of our
// knowledge.
// """
// says_not = """
// Not that the provider never served this company: only that who said so took it back, or that it did not stand.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a provider or company, or a domain name"
// example = "hikvision"
//
// [columns]
// provider = "who was said to serve"
// company = "whom, or the owner of the domain"
// domain = "the domain; empty where none was named"
// service = "with what"
// said_on = "the day of which it was said, or the window in which it lies"
// retracted_on = "the day by which it was taken back"
// source = "the publication that said it"
// statement_by = "who took it back"
// statement_date = "when"
// statement_text = "in which words"
// statement_url = "where"
// evidence = "what the claim rested on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  MATCH (p:Provider)-[s:SAID_TO_SERVE]->(t:Company|Domain)
  WHERE $entity IS NULL
  RETURN p, s, t, null AS asked
  UNION ALL
  MATCH (p:Provider {id: $entity})-[s:SAID_TO_SERVE]->(t:Company|Domain)
  RETURN p, s, t, null AS asked
  UNION ALL
  MATCH (t:Company {id: $entity})<-[s:SAID_TO_SERVE]-(p:Provider)
  RETURN p, s, t, null AS asked
  UNION ALL
  MATCH (:Company {id: $entity})<-[r:OWNED_BY]-(t:Domain)<-[s:SAID_TO_SERVE]-(p:Provider)
  RETURN p, s, t, r AS asked
  UNION ALL
  MATCH (t:Domain {name: $entity})<-[s:SAID_TO_SERVE]-(p:Provider)
  RETURN p, s, t, null AS asked
}
WITH known_on, p, s, t, asked,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max, as_of
WHERE s.known_from <= known_on AND s.known_until <= known_on AND s.first_seen_min <= as_of
// owners of the domain when it was said
OPTIONAL MATCH (t)-[r:OWNED_BY]->(o:Company)
WHERE t:Domain AND r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  AND (r.from IS NULL OR r.from <= at_min) AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on)
WITH known_on, p, s, t, asked, r.id AS owning, o.name AS owner
ORDER BY owner
WITH known_on, p, s, t, asked, collect(owning) AS ownings, collect(DISTINCT owner) AS owners
WHERE asked IS NULL OR asked.id IN ownings
WITH DISTINCT known_on, p, s, t, owners
OPTIONAL MATCH (x:Statement)-[n:CONCERNS]->(t)
WHERE n.claim = s.claim AND n.retracts AND x.outcome IN ['upheld', 'corrected'] AND x.decided <= known_on
CALL (s) {
  UNWIND s.evidence AS evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WITH e
  ORDER BY e.source, e.url, e.id
  RETURN collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                  locator: e.locator}) AS evidence
}
RETURN p.name AS provider,
       CASE WHEN t:Company THEN t.name
            ELSE reduce(text = null, name IN owners | coalesce(text + '; ', '') + name) END AS company,
       CASE WHEN t:Domain THEN t.name END AS domain, s.service AS service,
       toString(s.first_seen_min)
         + CASE WHEN s.first_seen_min = s.first_seen_max THEN '' ELSE '/' + toString(s.first_seen_max) END AS said_on,
       toString(s.known_until) AS retracted_on, s.source AS source, x.by AS statement_by,
       toString(x.date) AS statement_date, x.text AS statement_text, x.url AS statement_url, evidence
ORDER BY provider, p.id, company, domain, service, said_on, s.id, statement_date, x.id
