//go:build !js

package suite

// Two public suites describe what a client of event streams does. What each of
// their files is about is held by tests of our own, which these tables name;
// those of another package are named with it. A row of TestHostileStreams is a
// row of the table in e2e/streams, which eventstream.TestParse holds our parser
// to as well, cut at every place.
//
// Of web-platform-tests, the folder eventsource/ (each in a page and in a worker,
// by the browser's EventSource and by fetch):
//
//	dedicated-worker/*                    the same tests: each runs in a worker too
//	event-data                            TestHostileStreams: lines, case, empty data, unfinished block
//	eventsource-bfcache                   TestBackForwardCache
//	eventsource-close                     TestEndInEachState, TestCloseInFlight, TestToldToStop
//	eventsource-constructor-empty-url     TestEmptyURL
//	eventsource-constructor-no-new        not applicable: the constructor is the browser's
//	eventsource-constructor-non-same-origin  TestCrossOrigin
//	eventsource-constructor-document-domain  not applicable: relative URLs in frames with document.domain
//	eventsource-constructor-stringify     not applicable: a URL is a Go string
//	eventsource-constructor-url-bogus     TestBadURL
//	eventsource-constructor-url-multi-window  not applicable: a program has one window
//	eventsource-cross-origin              TestCrossOrigin, TestOrigin, TestRedirects
//	eventsource-cross-origin-preflight    TestLastEventIDHeader
//	eventsource-eventtarget               not applicable: EventTarget is the browser's; TestEvents
//	eventsource-from-readable-stream      TestFromReadableStream, eventsource.TestFromReader*;
//	                                      a Source says "" where the proposal says about:event-stream,
//	                                      and tells no reconnection time
//	eventsource-from-readable-stream-fetch  TestFromReadableStream
//	eventsource-onmessage, -onopen        TestEvents
//	eventsource-onmessage-realm, -trusted not applicable: properties of the browser's event objects
//	eventsource-prototype, interfaces, idlharness  not applicable: IDL
//	eventsource-readyState                TestEvents, TestEndInEachState
//	eventsource-reconnect                 TestReconnect, TestRandomCuts
//	eventsource-request-cancellation      TestNavigateAway; TestStop, where a program goes on
//	                                      that the platform's test wants ended
//	eventsource-url                       TestURL
//	format-bom, -bom-2                    TestHostileStreams: byte order mark …
//	format-comments                       TestHostileStreams: comment …; TestCommentsOnly
//	format-data-before-final-empty-line   TestHostileStreams: unfinished …
//	format-field-data                     TestHostileStreams: no colon, no colon twice, empty data
//	format-field-event, -event-empty      TestHostileStreams: type …
//	format-field-id, -id-2                TestReconnect, TestLastEventIDHeader
//	format-field-id-3                     TestHostileStreams: id, id changed, id reset …
//	format-field-id-null                  TestHostileStreams: id with NUL, id that is a NUL; TestRequestHeaders
//	format-field-parsing                  TestHostileStreams: case, name and more, spaces …, mixed
//	format-field-retry, -bogus, -empty    TestRetry by the browser; eventstream.TestReconnectionTime by fetch,
//	                                      whose waits are random below the time that is set
//	format-field-unknown                  TestHostileStreams: unknown field, text without a field, space before the name
//	format-leading-space                  TestHostileStreams: tab, one space, two spaces
//	format-mime-*                         TestTypes
//	format-newlines                       TestHostileStreams: CR, CRLF, mixed, LF CR …, CR CR LF …
//	format-null-character                 TestHostileStreams: NUL in data and type
//	format-utf-8                          TestHostileStreams: characters, not UTF-8, sequences cut short
//	request-accept, -cache-control        TestRequestHeaders
//	request-credentials                   TestCredentials
//	request-redirect                      TestRedirects
//	request-status-error                  TestLastingStatuses; 503 is tried again: TestPassingStatuses, TestUnavailable
//	shared-worker/*                       not applicable: a program runs in a page or a dedicated worker
//
// Of LaunchDarkly's sse-contract-tests, by capability (the transports as above,
// but what the browser's EventSource lacks by fetch only):
//
//	basic parsing        TestHostileStreams, TestCutAnywhere, TestEvents; many at once: TestBurst;
//	                     large ones: TestLargeMessage
//	linefeeds, cr-only   TestHostileStreams: lines …, empty lines of data, blank lines; TestCutAnywhere
//	bom                  TestHostileStreams: byte order mark …
//	comments             eventsource.TestOnComment; in the browser: TestHostileStreams, TestCommentsOnly
//	event-type-listeners TestEvents
//	default headers      TestRequestHeaders
//	headers              TestMethods, TestFetchRequest
//	post, report         TestMethods, on reconnecting too
//	last-event-id        TestMethods, TestFetchRequest
//	server-directed-shutdown-request  TestToldToStop
//	restart              TestReconnectNow
//	reconnection         TestReconnect, TestLastEventIDHeader, TestHostileStreams: id reset by an empty value;
//	                     half a message is discarded: TestReconnect, TestRandomCuts
//	retry                TestRetry, eventsource.TestBackoff*
//	read-timeout         TestIdleTimeout, TestSilence
