// question = "What is known today about the companies of a list that was not known on a day, and why?"
// about = """
// One row per change, oldest first, after the day given and up to the day of our knowledge: what became known, ended,
// was withdrawn, disputed or otherwise said. It covers everybody who ever stood on the list: their listings, services
// on themselves, their domains, those of subsidiaries and parents, who owns those, and who owns the providers. The cause
// says who changed: the world; our coverage (we only looked, or loaded a file, then); our rules; our catalogue; or a
// retraction.
// """
// says_not = """
// Not that nothing else happened: what nobody looked at changes unseen. `new` with the cause coverage says when we
// learned it, not when it began.
// """
// tags = ["time and law"]
// maturity = "stable"
//
// [parameters.since]
// type = "date"
// doc = "what was known on this day is left out"
// required = true
// example = "2022-01-01"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [columns]
// known = "the day on which it became known"
// change = "new, ended, withdrawn, disputed, said or decided"
// kind = "listing, service, ownership or statement"
// fact = "what changed, in words"
// day = "the day in the world that it is about: beginning, first sighting or end; empty for what was said"
// cause = "who changed: world, coverage, rules, catalogue or retraction"
// source = "who says so"
// claim = "full id of the claim; empty where a statement is about all that is said of its subject"
// evidence = "what it rests on: each with id, source, address, date; of a statement, itself"
WITH date($as_of) AS as_of, date($known_on) AS known_on
MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND l.from <= as_of
WITH as_of, known_on, collect(DISTINCT c) AS companies
// what belongs to them, at any time
CALL (companies, known_on) {
  CALL (companies, known_on) {
    UNWIND companies AS c
    RETURN c AS t
    UNION
    UNWIND companies AS c
    MATCH (c)<-[r:OWNED_BY]-(t:Domain)
    WHERE r.known_from <= known_on
    RETURN t
    UNION
    UNWIND companies AS c
    MATCH (c)<-[r2:OWNED_BY]-(g:Company)<-[r:OWNED_BY]-(t:Domain)
    WHERE r.known_from <= known_on AND r2.known_from <= known_on AND r2.control = 'yes'
    RETURN t
    UNION
    UNWIND companies AS c
    MATCH (c)-[r2:OWNED_BY]->(g:Company)<-[r:OWNED_BY]-(t:Domain)
    WHERE r.known_from <= known_on AND r2.known_from <= known_on AND r2.control = 'yes'
    RETURN t
  }
  RETURN collect(t) AS subjects
}
CALL (subjects, as_of, known_on) {
  UNWIND subjects AS t
  MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
  RETURN collect(DISTINCT p) AS providers
}
CALL (companies, subjects, providers, as_of, known_on) {
  UNWIND companies AS c
  MATCH (c)-[l:LISTED_ON]->(:Watchlist {id: $list})
  WHERE l.known_from <= known_on AND l.from <= as_of
  // a new wording of an entry that the list had before is no new listing
  WITH c, l, as_of, known_on, EXISTS {
         MATCH (c)-[x:LISTED_ON]->(:Watchlist {id: $list})
         WHERE x.claim = l.claim AND x.known_until = l.known_from
       } AS follows, EXISTS {
         MATCH (c)-[x:LISTED_ON]->(:Watchlist {id: $list})
         WHERE x.claim = l.claim AND x.known_from = l.known_until
       } AS followed
  UNWIND [['new', CASE WHEN NOT follows THEN l.known_from END, coalesce(l.stated_from, 'by ' + toString(l.from)),
           CASE WHEN l.from > date($since) THEN 'world' WHEN l.source = 'catalogue' THEN 'catalogue' ELSE 'coverage' END],
          ['ended', CASE WHEN l.until_known <= known_on THEN l.until_known END, coalesce(l.stated_until, toString(l.until)
             + CASE WHEN l.until = l.until_latest THEN '' ELSE '/' + toString(l.until_latest) END), 'world'],
          ['withdrawn', CASE WHEN NOT followed THEN l.known_until END, null,
           CASE WHEN l.source = 'catalogue' THEN 'catalogue' ELSE 'world' END]] AS x
  WITH c, l, x, known_on
  WHERE x[1] > date($since) AND x[1] <= known_on
  RETURN 'listing' AS kind, x[0] AS change, x[1] AS known, x[2] AS day, x[3] AS cause, l.source AS source,
         c.name + ' on ' + $list + ' as ' + l.named AS fact, l.claim AS claim, l.evidence AS cited, null AS st
  UNION
  UNWIND subjects AS t
  MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND s.first_seen_min <= as_of
  UNWIND [['new', s.known_from, toString(s.first_seen_min)
             + CASE WHEN s.first_seen_min = s.first_seen_max THEN '' ELSE '/' + toString(s.first_seen_max) END,
           CASE WHEN s.began_after >= date($since) THEN 'world' ELSE coalesce(s.start_cause, 'coverage') END],
          ['ended', CASE WHEN s.ended <= as_of THEN s.ended_known END, toString(s.ended), coalesce(s.end_cause, 'world')],
          ['withdrawn', CASE WHEN s.known_until <= known_on THEN s.known_until END, null, s.known_cause]] AS x
  WITH p, t, s, x, known_on
  WHERE x[1] > date($since) AND x[1] <= known_on
  RETURN 'service' AS kind, x[0] AS change, x[1] AS known, x[2] AS day, x[3] AS cause, s.source AS source,
         p.name + CASE WHEN s.known_cause = 'retraction' THEN ' was said to serve ' ELSE ' serves ' END + t.name + ': '
           + s.service AS fact, s.claim AS claim, s.evidence AS cited, null AS st
  UNION
  UNWIND subjects + providers AS t
  MATCH (t)-[rs:OWNED_BY*1..4]->(o:Company)
  WHERE all(r IN rs WHERE r.known_from <= known_on)
  WITH DISTINCT last(rs) AS r, o, as_of, known_on
  WHERE r.from IS NULL OR r.from <= as_of
  UNWIND [['new', r.known_from, coalesce(r.from_text, toString(r.from)),
           CASE WHEN r.from > date($since) THEN 'world' WHEN r.source = 'catalogue' THEN 'catalogue' ELSE 'coverage' END],
          ['ended', CASE WHEN r.until <= as_of THEN r.until_known END, coalesce(r.until_text, toString(r.until)), 'world'],
          ['withdrawn', r.known_until, null, 'catalogue']] AS x
  WITH r, o, x, known_on
  WHERE x[1] > date($since) AND x[1] <= known_on
  RETURN 'ownership' AS kind, x[0] AS change, x[1] AS known, x[2] AS day, x[3] AS cause, r.source AS source,
         startNode(r).name + ' of ' + o.name + ' (' + r.basis + ')' AS fact, r.claim AS claim, r.evidence AS cited,
         null AS st
  UNION
  UNWIND subjects + providers AS t
  MATCH (t)<-[n:CONCERNS]-(st:Statement)
  UNWIND [[CASE WHEN st.kind = 'dispute' THEN 'disputed' ELSE 'said' END, st.date],
          [CASE WHEN st.decided > st.date THEN 'decided' END, st.decided]] AS x
  WITH t, n, st, x, known_on
  WHERE x[0] IS NOT NULL AND x[1] > date($since) AND x[1] <= known_on
  RETURN 'statement' AS kind, x[0] AS change, x[1] AS known, null AS day,
         CASE WHEN n.retracts AND st.outcome IN ['upheld', 'corrected'] AND st.decided <= x[1] THEN 'retraction'
              ELSE 'world' END AS cause,
         st.source AS source,
         st.kind + ' by ' + st.by + ' about ' + t.name + CASE WHEN x[0] = 'decided' THEN ': ' + st.outcome ELSE '' END
           AS fact, n.claim AS claim, [] AS cited, st
}
// without the lists, which the embedded store would hold for every row that it sorts
WITH known, change, kind, fact, day, cause, source, claim, cited, st
WITH toString(known) AS known, change, kind, fact, day, cause, source, claim, st.id AS statement,
     CASE WHEN st IS NOT NULL
          THEN [{id: st.id, source: st.kind + ' by ' + st.by, url: st.url, date: toString(st.date), locator: st.text}]
          ELSE COLLECT {
            UNWIND cited AS evidence_id
            MATCH (e:Evidence {id: evidence_id})
            RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                    locator: e.locator}
            ORDER BY e.source, e.url, e.id
          } END AS evidence
RETURN known, change, kind, fact, day, cause, source, claim, evidence
ORDER BY known, kind, change, fact, source, day, claim, statement
