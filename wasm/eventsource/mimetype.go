package eventsource

import "strings"

// eventStreamType is the type of an event stream (HTML standard, 9.2.3).
const eventStreamType = "text/event-stream"

// mimeType is what a response says of its type.
type mimeType struct {
	essence string // type and subtype, in lower case; "" if there is no valid one
	charset string // in the case that it came in; "" if there is none
}

// extractMIMEType reads a Content-Type header, whose values are joined by commas:
// the last valid one counts (Fetch standard, 3.4, "extract a MIME type"). One
// without a charset takes that of an earlier one of the same essence.
func extractMIMEType(header string) (extracted mimeType) {
	for _, value := range splitHeader(header) {
		parsed, hasCharset, ok := parseMIMEType(value)
		if !ok || parsed.essence == "*/*" {
			continue
		}
		if !hasCharset && parsed.essence == extracted.essence {
			parsed.charset = extracted.charset
		}
		extracted = parsed
	}
	return extracted
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

// parseMIMEType parses one type (MIME Sniffing standard, 4.4). It returns false
// if there is none.
func parseMIMEType(value string) (parsed mimeType, hasCharset, ok bool) {
	essence, parameters, _ := strings.Cut(strings.Trim(value, httpWhitespace), ";")
	kind, subtype, _ := strings.Cut(essence, "/")
	subtype = strings.TrimRight(subtype, httpWhitespace)
	if !validName(kind) || !validName(subtype) {
		return mimeType{}, false, false
	}
	parsed.essence = strings.ToLower(kind + "/" + subtype)
	parsed.charset, hasCharset = findCharset(parameters)
	return parsed, hasCharset, true
}

// findCharset returns the first charset among a type's parameters that is valid.
func findCharset(parameters string) (charset string, found bool) {
	for parameters != "" {
		parameters = strings.TrimLeft(parameters, httpWhitespace)
		end := strings.IndexAny(parameters, ";=")
		if end < 0 {
			return "", false
		}
		name, hasValue := parameters[:end], parameters[end] == '='
		parameters = parameters[end+1:]
		if !hasValue {
			continue
		}
		var value string
		var valid bool
		if value, valid, parameters = cutParameter(parameters); valid && strings.EqualFold(name, "charset") {
			return value, true
		}
	}
	return "", false
}

// cutParameter parts the value of a parameter from the parameters after it. Only
// one in quotes may be empty.
func cutParameter(parameters string) (value string, valid bool, rest string) {
	if strings.HasPrefix(parameters, `"`) {
		value, rest = cutQuoted(parameters[1:])
		_, rest, _ = strings.Cut(rest, ";") // what follows the quotes is passed over
		return value, isQuotable(value), rest
	}
	value, rest, _ = strings.Cut(parameters, ";")
	value = strings.TrimRight(value, httpWhitespace)
	return value, value != "" && isQuotable(value), rest
}

// cutQuoted returns a quoted string without its quotes and backslashes, and what
// follows it. The opening quote is left out already; the closing one may be missing.
func cutQuoted(text string) (value, rest string) {
	var unquoted strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			return unquoted.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			c = text[i]
		}
		unquoted.WriteByte(c)
	}
	return unquoted.String(), ""
}

// isQuotable reports whether all of value may stand in a quoted string.
func isQuotable(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
