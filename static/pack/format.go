package main

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/andybalholm/brotli"
)

// format is a way to compress a file.
type format struct {
	name, suffix string
	writer       func(io.Writer) (io.WriteCloser, error)
	reader       func(io.Reader) (io.Reader, error)
}

var formats = []format{
	{
		name: "brotli", suffix: ".br",
		writer: func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		},
		reader: func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	},
	{
		name: "gzip", suffix: ".gz",
		writer: func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, gzip.BestCompression)
		},
		reader: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	},
}

func (f format) compress(content []byte) ([]byte, error) {
	var compressed bytes.Buffer
	w, err := f.writer(&compressed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compressed.Bytes(), nil
}

// unpacksTo reports whether compressed is content in this format.
func (f format) unpacksTo(compressed, content []byte) bool {
	r, err := f.reader(bytes.NewReader(compressed))
	if err != nil {
		return false
	}
	// One byte more than expected is enough to tell that it is another file.
	unpacked, err := io.ReadAll(io.LimitReader(r, int64(len(content))+1))
	return err == nil && bytes.Equal(unpacked, content)
}
