// question = "Who owns or operates this provider, company or domain, and who owns them in turn, on a day?"
// about = """
// One row per hop upwards that holds on the day asked for, nearest first. An owner without control is shown, but
// nothing above it, because that is no longer the same house. A brand and the company behind it may share an id:
// `start` says from which of the two a row begins. A brand run by another operator is a row of its own without a hop;
// it says nothing about ownership, and nothing is followed from it.
// """
// says_not = """
// Not that there is no other owner: only what a source says stands here. Where a source dates a change to a month or
// a year, neither the old nor the new owner is certain in between, and neither is shown for a day in that time.
// """
// tags = ["ownership"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a provider or company, or a domain name"
// required = true
// example = "maxcdn"
//
// [columns]
// start = "what the chain begins with: provider, company or domain"
// hop = "how many steps up; 0 where the row is about the brand and not about an owner"
// owned = "what is owned"
// owner = "who owns or operates it"
// owner_id = "its id"
// basis = "how it belongs: operates, legal, accounting, registrant, declared or reported; or brand of"
// control = "does the owner control it: yes, no or unknown"
// share = "per cent; empty where no source says"
// owned_from = "since when; empty where unknown"
// owned_until = "until when; empty while it stands"
// verified = "did somebody read the source and find it there"
// countries = "where the owner is based on that day, and in which sense"
// note = "what a reader should know"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  MATCH (x:Provider {id: $entity}) RETURN x, 'provider' AS start
  UNION ALL
  MATCH (x:Company {id: $entity}) RETURN x, 'company' AS start
  UNION ALL
  MATCH (x:Domain {name: $entity}) RETURN x, 'domain' AS start
}
CALL (x, as_of, known_on) {
  // every way up that holds on the day; above an owner without control nothing is followed
  MATCH (x)-[rs:OWNED_BY*1..6]->(owner:Company)
  WHERE all(r IN rs WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
            AND (r.from IS NULL OR r.from <= as_of)
            AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
            AND (r.control <> 'no' OR r.id = last(rs).id))
  RETURN owner, last(rs) AS fact, size(rs) AS hop, last(rs).basis AS basis
  UNION ALL
  MATCH (x)-[r:BRAND_OF]->(owner:Provider)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  RETURN owner, r AS fact, 0 AS hop, 'brand of' AS basis
}
WITH as_of, known_on, start, owner, fact, basis, min(hop) AS hop
OPTIONAL MATCH (owner)-[b:BASED_IN]->(k:Country)
WHERE b.known_from <= known_on AND (b.known_until IS NULL OR b.known_until > known_on)
  AND (b.from IS NULL OR b.from <= as_of) AND (b.until IS NULL OR b.until > as_of OR b.until_known > known_on)
WITH known_on, start, owner, fact, basis, hop, k.code + ' ' + b.basis AS country
ORDER BY country
WITH known_on, start, startNode(fact) AS owned, owner, fact, basis, hop, collect(DISTINCT country) AS countries
CALL (fact) {
  UNWIND fact.evidence AS evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WITH e
  ORDER BY e.source, e.url, e.id
  RETURN collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                  locator: e.locator}) AS evidence
}
RETURN start, hop, owned.name AS owned, owner.name AS owner, owner.id AS owner_id, basis, fact.control AS control,
       fact.share AS share, coalesce(fact.from_text, toString(fact.from)) AS owned_from,
       CASE WHEN fact.until_known <= known_on THEN coalesce(fact.until_text, toString(fact.until)) END AS owned_until,
       fact.verified AS verified, countries, fact.note AS note, evidence
ORDER BY CASE start WHEN 'provider' THEN 0 WHEN 'company' THEN 1 ELSE 2 END, CASE hop WHEN 0 THEN 99 ELSE hop END,
         owned, owner_id, basis, owned_from, fact.id
