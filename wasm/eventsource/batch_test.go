package eventsource

import (
	"errors"
	"strings"
	"testing"
)

// mustSet is for fields of the tests' own, which are as many as they say.
func mustSet(err error) {
	if err != nil {
		panic(err)
	}
}

// TestSetFields holds that fields are split into IDs and data, the last ID told, and
// that fields which are more or fewer than they should be are an error.
func TestSetFields(t *testing.T) {
	for _, test := range []struct {
		fields  string
		count   int
		withIDs bool
		want    string // the messages, then the last ID; "" for an error
	}{
		{"1,one", 1, true, "1=one, last 1"},
		{",", 1, true, "=, last "},
		{"1,,one,", 2, true, "1=one, =, last "},
		{"1,2,one,two", 2, true, "1=one, 2=two, last 2"},
		{"", 1, false, "=, last "},
		{"one", 1, false, "=one, last "},
		{"one,,three", 3, false, "=one, =, =three, last "},
		{"1", 1, true, ""},
		{"1,one,more", 1, true, ""},
		{"1,one,", 1, true, ""},
		{"1,2,one", 2, true, ""},
		{"1,2,one,two,", 2, true, ""},
		{"", 2, true, ""},
		{"one", 2, false, ""},
		{"one,", 1, false, ""},
		{"one,two,three", 2, false, ""},
	} {
		b := &batch{types: []string{"n"}}
		err := b.setFields([]byte(strings.ReplaceAll(test.fields, ",", "\r")), test.count, test.withIDs)
		if test.want == "" {
			if !errors.Is(err, errFields) {
				t.Errorf("%q as %d: got %v, want %v", test.fields, test.count, err, errFields)
			}
			continue
		}
		var got []string
		size := 0
		var m message
		for r := b.reader(); err == nil && r.next(&m); {
			size += len(m.data)
			got = append(got, m.id+"="+string(m.data))
		}
		got = append(got, "last "+b.lastID)
		if text := strings.Join(got, ", "); text != test.want || err != nil {
			t.Errorf("%q as %d: got %q, %v, want %q", test.fields, test.count, text, err, test.want)
		}
		if b.size != size {
			t.Errorf("%q as %d: the data take %d, want %d", test.fields, test.count, b.size, size)
		}
	}
}
