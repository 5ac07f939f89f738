package jetstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// A NATS server that finds a damaged file as it starts does not refuse: it logs
// a warning, cuts the block off where the damage begins or leaves the whole
// stream out, and goes on, with numbers that it has given before. So the files
// are looked through before a server is let at them, by the checksums that they
// carry, and without changing them.

// streamsDir is where a NATS server has the streams of its only account.
func streamsDir(dir string) string { return filepath.Join(dir, "jetstream", "$G", "streams") }

// damage is an error that lies in what files have in them, and not in the reading.
type damage struct{ what string }

func (d *damage) Error() string { return d.what }

func damaged(format string, v ...any) error { return &damage{fmt.Sprintf(format, v...)} }

// checkFiles reports the first damage found in the streams kept in dir.
func checkFiles(ctx context.Context, dir string) error {
	streams, err := streamsIn(dir)
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if err := checkStream(ctx, dir, stream); err != nil {
			return err
		}
	}
	return nil
}

// streamsIn lists the streams kept in dir.
func streamsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(streamsDir(dir))
	if os.IsNotExist(err) {
		return nil, nil
	}
	var streams []string
	for _, entry := range entries {
		// One whose name begins with a dot is on its way out.
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			streams = append(streams, entry.Name())
		}
	}
	return streams, err
}

func checkStream(ctx context.Context, dir, stream string) error {
	path := filepath.Join(streamsDir(dir), stream)
	if err := checkDescription(path, stream); err != nil {
		return err
	}
	_, promised, err := readMark(dir, strings.TrimPrefix(stream, streamPrefix))
	if err != nil {
		return err
	}
	blocks, err := blocksIn(filepath.Join(path, "msgs"))
	if err != nil {
		return err
	}
	var data bytes.Buffer
	var last uint64
	for i, block := range blocks {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := readFile(&data, block.path); err != nil {
			return err
		}
		key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, block.index))
		at, fault := checkBlock(data.Bytes(), key[:], &last)
		if fault == "" {
			continue
		}
		// A process that was killed leaves the record that it was writing
		// unfinished, and nobody was told of that one. The server cuts it off.
		if i == len(blocks)-1 && last >= promised {
			return nil
		}
		return damaged("%s is damaged at byte %d, after message %d: %s", block.path, at, last, fault)
	}
	return nil
}

// checkDescription checks the file that says what the stream is.
func checkDescription(path, stream string) error {
	name := filepath.Join(path, "meta.inf")
	description, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("the stream's description is missing: %w", err)
	}
	sum, err := os.ReadFile(filepath.Join(path, "meta.sum"))
	if err != nil {
		return fmt.Errorf("the checksum of the stream's description is missing: %w", err)
	}
	key := sha256.Sum256([]byte(stream))
	hash, err := highwayhash.New64(key[:])
	if err != nil {
		return err
	}
	hash.Write(description)
	if hex.EncodeToString(hash.Sum(nil)) != string(sum) {
		return damaged("%s is damaged: its checksum does not match", name)
	}
	return nil
}

type blockFile struct {
	path  string
	index uint64
}

// blocksIn lists the files of messages in their order.
func blocksIn(dir string) ([]blockFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var blocks []blockFile
	for _, entry := range entries {
		digits, is := strings.CutSuffix(entry.Name(), ".blk")
		if !is {
			continue
		}
		if index, err := strconv.ParseUint(digits, 10, 32); err == nil {
			blocks = append(blocks, blockFile{filepath.Join(dir, entry.Name()), index})
		}
	}
	slices.SortFunc(blocks, func(a, b blockFile) int { return int(int64(a.index) - int64(b.index)) })
	return blocks, nil
}

// The layout of a record in a block, all of it little-endian:
//
//	length of the record (4), its highest bit set if there are headers
//	number (8), with marks in its highest bits; time (8); length of the subject (2)
//	subject; length of the headers (4) and headers, if there are any; payload
//	HighwayHash-64 of number, time, subject, headers and payload (8)
const (
	recordHead     = 4 + 8 + 8 + 2
	recordSum      = highwayhash.Size64
	withHeaders    = uint32(1) << 31
	removedRecord  = uint64(1) << 62 // says that a message was removed; not one itself
	longestRecord  = 32 << 20
	headersLength  = 4
	wholeOfANumber = removedRecord - 1
)

// checkBlock goes through the records of a block. It sets last to the number of
// each one that is whole, and returns where the first one is that is not, and
// what is wrong with it.
func checkBlock(block, key []byte, last *uint64) (at int, damage string) {
	hash, err := highwayhash.New64(key)
	if err != nil {
		return 0, err.Error()
	}
	var sum [recordSum]byte
	for at < len(block) {
		rest := block[at:]
		if len(rest) < recordHead {
			return at, "a record is cut off"
		}
		length := binary.LittleEndian.Uint32(rest)
		headers := 0
		if length&withHeaders != 0 {
			length &^= withHeaders
			headers = headersLength
		}
		subject := int(binary.LittleEndian.Uint16(rest[20:]))
		if length > longestRecord || int(length) < recordHead+subject+headers+recordSum {
			return at, "a record has a length that cannot be"
		}
		if int(length) > len(rest) {
			return at, "a record is cut off"
		}
		record := rest[:length]
		body := record[recordHead : len(record)-recordSum]
		hash.Reset()
		hash.Write(record[4:20])
		hash.Write(body[:subject])
		hash.Write(body[subject+headers:])
		if !bytes.Equal(hash.Sum(sum[:0]), record[len(record)-recordSum:]) {
			return at, "the checksum of a record does not match"
		}
		number := binary.LittleEndian.Uint64(record[4:])
		if number&removedRecord == 0 {
			*last = max(*last, number&wholeOfANumber)
		}
		at += int(length)
	}
	return at, ""
}

func readFile(into *bytes.Buffer, path string) error {
	into.Reset()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(into, file); err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return nil
}
