package jetstream

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/runnel-go/runnel/server"
)

// BenchmarkAppend is one publisher that waits for each acknowledgement.
func BenchmarkAppend(b *testing.B) {
	for name, o := range map[string]Options{
		"memory": {Memory: true},
		"dir":    {Dir: b.TempDir()},
		"sync":   {Dir: b.TempDir(), Sync: true},
	} {
		for _, batch := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s-%d", name, batch), func(b *testing.B) {
				o := o
				o.Logger = quiet
				s, err := Open(b.Context(), &o)
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				l, err := s.Log(b.Context(), "f", nil)
				if err != nil {
					b.Fatal(err)
				}
				records := make([]server.Record, batch)
				for i := range records {
					records[i] = server.Record{Type: "price", Block: bytes.Repeat([]byte("data: x\n"), 16)}
				}
				for b.Loop() {
					if _, err := l.Append(b.Context(), records); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
