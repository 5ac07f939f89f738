package eventsource

import "testing"

// TestExtractMIMEType has the cases of the Fetch and the MIME Sniffing standard.
func TestExtractMIMEType(t *testing.T) {
	for header, want := range map[string]string{
		// One value.
		"text/event-stream":                             "text/event-stream",
		"TEXT/Event-Stream":                             "text/event-stream",
		" \ttext/event-stream \t":                       "text/event-stream",
		"text/event-stream ;charset=utf-8":              "text/event-stream",
		"text/event-stream;":                            "text/event-stream",
		"text/event-stream;charset=UTF-8":               "text/event-stream",
		"text/event-stream; CHARSET=utf-8 ":             "text/event-stream",
		"text/event-stream;;;charset=utf-8":             "text/event-stream",
		"text/event-stream; a; charset=utf-8":           "text/event-stream",
		"text/event-stream; charset":                    "text/event-stream",
		"text/event-stream; charset=":                   "text/event-stream",
		"text/event-stream; charset= utf-8":             "text/event-stream",
		"text/event-stream; charset =utf-8":             "text/event-stream",
		"text/event-stream; charset=; charset=b":        "text/event-stream",
		"text/event-stream; charset=a; charset=b":       "text/event-stream",
		"text/event-stream; charset=a\x01; charset=b":   "text/event-stream",
		"text/event-stream; version=1; charset=a":       "text/event-stream",
		"text/event-stream;\r\n charset=a":              "text/event-stream",
		"":                                              "",
		" ":                                             "",
		"text":                                          "",
		"text/":                                         "",
		"/event-stream":                                 "",
		"text /event-stream":                            "",
		"text/ event-stream":                            "",
		"text/event stream":                             "",
		"text/event/stream":                             "",
		";text/event-stream":                            "",
		"text/event-stream-not":                         "text/event-stream-not",
		"*/*":                                           "",
		"text/évent-stream":                             "",
		"application/json; charset=text/event-stream":   "application/json",
		"text/html; charset=\"a, text/event-stream\"":   "text/html",
		`text/event-stream; charset="utf-8"`:            "text/event-stream",
		`text/event-stream; charset="utf-8" junk; a=b`:  "text/event-stream",
		`text/event-stream; charset="utf\-8"`:           "text/event-stream",
		`text/event-stream; charset="utf-8\`:            "text/event-stream",
		`text/event-stream; charset="utf-8`:             "text/event-stream",
		`text/event-stream; charset=""`:                 "text/event-stream",
		`text/event-stream; a="; charset=b"; charset=c`: "text/event-stream",
		`text/event-stream; a="\"; charset=b"`:          "text/event-stream",

		// Several.
		"text/event-stream, application/json":                                     "application/json",
		"application/json, text/event-stream":                                     "text/event-stream",
		"application/json,text/event-stream":                                      "text/event-stream",
		"text/event-stream, */*":                                                  "text/event-stream",
		"text/event-stream, ":                                                     "text/event-stream",
		", text/event-stream":                                                     "text/event-stream",
		"text/event-stream, junk":                                                 "text/event-stream",
		"junk, text/event-stream;charset=a, */*;charset=b":                        "text/event-stream",
		"text/event-stream;charset=a, text/event-stream":                          "text/event-stream",
		"text/event-stream;charset=a, TEXT/event-stream;b=c":                      "text/event-stream",
		"text/event-stream;charset=a, text/event-stream;charset=b":                "text/event-stream",
		"text/event-stream;charset=a, text/html, text/event-stream":               "text/event-stream",
		`text/event-stream;charset=a, text/event-stream;charset=""`:               "text/event-stream",
		"text/html;charset=a, text/event-stream":                                  "text/event-stream",
		`text/event-stream; a="b, application/json"`:                              "text/event-stream",
		`text/event-stream; a="b\", application/json"`:                            "text/event-stream",
		`application/json; a="b, text/event-stream`:                               "application/json",
		`application/json; a="b\\", text/event-stream`:                            "text/event-stream",
		`application/json; a=b", text/event-stream; c=", text/event-stream;x="y"`: "text/event-stream",
	} {
		expect(t, header, extractMIMEType(header), want)
	}
}
