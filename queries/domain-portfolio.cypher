// question = "Which domains belong to a company and to the companies that it controls, on a day?"
// about = """
// One row per domain, owner and source that says so, as it holds on the day asked for. Companies that the company
// controls, directly or through others, count; those that it merely has a share in do not. `services` are those for
// which anybody named a provider by that day.
// """
// says_not = """
// Not that the company has no other domain, nor that a domain without services is served by nobody.
// """
// tags = ["ownership", "domains"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company"
// required = true
// example = "hikvision"
//
// [columns]
// domain = "the domain"
// owner = "the company that it belongs to"
// scope = "what it is for: corporate, product or attack-infrastructure"
// basis = "how it belongs: legal, declared, registrant or reported"
// owned_from = "since when; empty where unknown"
// owned_until = "until when; empty while it stands"
// source = "who says so: our catalogue, or a list"
// verified = "did somebody read the source and find it there"
// note = "what a reader should know"
// services = "services for which a provider was seen or reported"
// last_seen = "last such sighting: a day, or the window in which it lies"
// evidence = "what the ownership rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
MATCH (c:Company {id: $entity})
CALL (c, as_of, known_on) {
  MATCH (c)<-[rs:OWNED_BY*0..6]-(o:Company)
  WHERE all(r IN rs WHERE r.control = 'yes' AND r.known_from <= known_on
            AND (r.known_until IS NULL OR r.known_until > known_on) AND (r.from IS NULL OR r.from <= as_of)
            AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on))
  RETURN DISTINCT o
}
MATCH (o)<-[r:OWNED_BY]-(d:Domain)
WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
OPTIONAL MATCH (d)<-[s:SERVES|SAID_TO_SERVE]-(:Provider)
WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
WITH known_on, o, r, d, s
ORDER BY s.service
WITH known_on, o, r, d, collect(DISTINCT s.service) AS services,
     max(s.last_seen_min) AS last_min, max(s.last_seen_max) AS last_max
CALL (r) {
  UNWIND r.evidence AS evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WITH e
  ORDER BY e.source, e.url, e.id
  RETURN collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                  locator: e.locator}) AS evidence
}
RETURN d.name AS domain, o.name AS owner, r.scope AS scope, r.basis AS basis,
       coalesce(r.from_text, toString(r.from)) AS owned_from,
       CASE WHEN r.until_known <= known_on THEN coalesce(r.until_text, toString(r.until)) END AS owned_until,
       r.source AS source, r.verified AS verified, r.note AS note, services,
       toString(last_min) + CASE WHEN last_min = last_max THEN '' ELSE '/' + toString(last_max) END AS last_seen,
       evidence
ORDER BY domain, owner, o.id, source, scope, basis, owned_from, r.id
