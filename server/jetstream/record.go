package jetstream

import (
	"fmt"
	"net/url"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/server"
)

// A record is one NATS message: its block is the payload, the rest is in
// headers. What a publisher may choose is escaped as in a URL's path, so it is
// letters, digits and a few signs whatever it was, and can neither end its
// header nor begin another one.
const (
	typeHeader    = "Runnel-Type"
	subjectHeader = "Runnel-Subject"
)

func encode(subject string, record *server.Record) *nats.Msg {
	m := &nats.Msg{Subject: subject, Data: record.Block, Header: nats.Header{}}
	for _, field := range fields(record) {
		if *field.value != "" {
			m.Header[field.header] = []string{url.PathEscape(*field.value)}
		}
	}
	return m
}

// decode is the reverse of encode. The record shares the message's payload.
func decode(number uint64, m *nats.Msg) (server.Record, error) {
	record := server.Record{Number: number, Block: m.Data}
	for _, field := range fields(&record) {
		escaped := m.Header[field.header]
		if len(escaped) == 0 {
			continue
		}
		var err error
		if *field.value, err = url.PathUnescape(escaped[0]); err != nil {
			return record, fmt.Errorf("message %d was not put there by this package: %s: %v", number, field.header, err)
		}
	}
	return record, nil
}

type field struct {
	header string
	value  *string
}

func fields(record *server.Record) [3]field {
	return [3]field{
		{typeHeader, &record.Type},
		{subjectHeader, &record.Subject},
		{natsjs.MsgIDHeader, &record.MessageID},
	}
}
