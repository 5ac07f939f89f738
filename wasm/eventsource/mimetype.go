package eventsource

import "strings"

// extractMIMEType returns type and subtype, in lower case, of a Content-Type header,
// whose values are joined by commas: the last valid one counts (Fetch standard, 3.4,
// "extract a MIME type"). It returns "" if none is valid. Parameters such as a charset
// mean nothing for an event stream, which is UTF-8.
func extractMIMEType(header string) (essence string) {
	for _, value := range splitHeader(header) {
		if parsed := parseMIMEType(value); parsed != "" && parsed != "*/*" {
			essence = parsed
		}
	}
	return essence
}

// splitHeader parts the values of a header at the commas that stand in no quoted
// string (Fetch standard, 2.2.2, "get, decode, and split").
func splitHeader(header string) (values []string) {
	start, quoted := 0, false
	for i := 0; i < len(header); i++ {
		switch c := header[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++ // the next one is taken as it is
		case c == ',' && !quoted:
			values = append(values, strings.Trim(header[start:i], " \t"))
			start = i + 1
		}
	}
	return append(values, strings.Trim(header[start:], " \t"))
}

// httpWhitespace is the Fetch standard's HTTP whitespace (2.2).
const httpWhitespace = " \t\r\n"

// parseMIMEType returns type and subtype of one value (MIME Sniffing standard, 4.4),
// or "" if it has none.
func parseMIMEType(value string) string {
	essence, _, _ := strings.Cut(strings.Trim(value, httpWhitespace), ";")
	essence = strings.TrimRight(essence, httpWhitespace)
	kind, subtype, _ := strings.Cut(essence, "/")
	if !validName(kind) || !validName(subtype) {
		return ""
	}
	return strings.ToLower(essence)
}
