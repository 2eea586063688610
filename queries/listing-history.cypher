// question = "Since when, until when and by which citation did a company stand on which lists?"
// about = """
// One row per interval of an entry, oldest first: additions, revisions and removals. A list that comes in versions
// gives a row for each wording of an entry; `known_until` says when a newer version replaced it. Two sources that
// state the same listing give a row each. Without a company: all of a list; without either: everything.
// """
// says_not = """
// Not that the company stands on no other list: only lists that were loaded are here, each as of its last version.
// A beginning that the list does not state is not guessed: `by DATE` is the first version that has the entry.
// """
// tags = ["time and law"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company"
// example = "hikvision"
//
// [parameters.list]
// type = "string"
// doc = "only this watchlist"
// example = "us-entity-list"
//
// [columns]
// company = "the listed company"
// list = "the list"
// named = "the name as listed"
// original = "the name as the file spells it, where it was repaired"
// listed_from = "since when; `by DATE` where the list states no beginning"
// listed_until = "until when; empty while it stands"
// from_published = "the beginning that the list gives, where a reviewed correction stands against it"
// corrected_by = "address of what the correction rests on"
// citations = "Federal Register or other citations as the list gives them"
// programme = "programme or licence requirement"
// destination = "country of the address or destination"
// source = "who says so: a list, or our catalogue"
// verified = "did somebody read the source and find it there"
// version_first = "first version of the list with this entry as it stands here"
// version_last = "last version of the list with it"
// known_from = "since when we know it so"
// known_until = "until when we knew it so; empty while that stands"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  MATCH (c:Company {id: $entity})-[l:LISTED_ON]->(w:Watchlist)
  WHERE $list IS NULL OR w.id = $list
  RETURN c, l, w
  UNION ALL
  MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
  WHERE $entity IS NULL
  RETURN c, l, w
  UNION ALL
  MATCH (w:Watchlist)<-[l:LISTED_ON]-(c:Company)
  WHERE $entity IS NULL AND $list IS NULL
  RETURN c, l, w
}
WITH known_on, c, l, w, as_of
WHERE l.from <= as_of AND l.known_from <= known_on
UNWIND l.evidence + CASE WHEN NOT l.corrected_by IN l.evidence THEN [l.corrected_by] ELSE [] END AS evidence_id
OPTIONAL MATCH (e:Evidence {id: evidence_id})
WITH known_on, c, l, w, e
ORDER BY e.source, e.url, e.id
WITH known_on, c, l, w,
     collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
              locator: e.locator}) AS evidence
RETURN c.name AS company, w.id AS list, l.named AS named, l.original AS original,
       coalesce(l.stated_from, 'by ' + toString(l.from)) AS listed_from,
       CASE WHEN l.until_known <= known_on
            THEN coalesce(l.stated_until, toString(l.until)
                 + CASE WHEN l.until = l.until_latest THEN '' ELSE '/' + toString(l.until_latest) END)
       END AS listed_until,
       toString(l.from_published) AS from_published, head([x IN evidence WHERE x.id = l.corrected_by | x.url]) AS corrected_by, l.citations AS citations,
       l.programme AS programme, l.destination AS destination, l.source AS source, l.verified AS verified,
       toString(l.version_first) AS version_first, toString(l.version_last) AS version_last,
       toString(l.known_from) AS known_from,
       CASE WHEN l.known_until <= known_on THEN toString(l.known_until) END AS known_until, evidence
ORDER BY l.from, company, c.id, list, named, source, version_first, l.id
