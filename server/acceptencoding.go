package server

import (
	"strconv"
	"strings"
)

// codingWeights is an Accept-Encoding header: the weight of each content coding
// it names, in lower case.
type codingWeights map[string]float64

// parseAcceptEncoding reads an Accept-Encoding header (RFC 9110, 12.5.3). What is
// not well formed counts as not named.
func parseAcceptEncoding(lines []string) codingWeights {
	weights := make(codingWeights)
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			coding, parameter, weighted := strings.Cut(item, ";")
			coding = strings.ToLower(strings.TrimSpace(coding))
			weight, ok := 1.0, true
			if weighted {
				weight, ok = parseWeight(parameter)
			}
			if coding == "x-gzip" {
				coding = "gzip"
			}
			if ok && coding != "" {
				weights[coding] = weight
			}
		}
	}
	return weights
}

// parseWeight reads "q=0.5": from 0 to 1.
func parseWeight(parameter string) (float64, bool) {
	name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	if !strings.EqualFold(name, "q") {
		return 0, false
	}
	weight, err := strconv.ParseFloat(value, 64)
	return weight, err == nil && weight >= 0 && weight <= 1
}

// of returns the weight of a coding: 0 if it must not be used. The file as it
// is may be sent unless it is forbidden, but what is asked for comes first.
func (w codingWeights) of(coding string) float64 {
	if weight, named := w[coding]; named {
		return weight
	}
	rest, named := w["*"]
	switch {
	case coding != identity:
		return rest
	case named && rest == 0:
		return 0
	}
	const last = 0.0001 // below the smallest weight there can be
	return last
}
