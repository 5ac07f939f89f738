package eventstream

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// What the lines of most blocks begin with, as the lowest bytes of a word.
const (
	dataPrefix  = 'd' | 'a'<<8 | 't'<<16 | 'a'<<24 | ':'<<32 | ' '<<40
	idPrefix    = 'i' | 'd'<<8 | ':'<<16 | ' '<<24
	eventPrefix = 'e' | 'v'<<8 | 'e'<<16 | 'n'<<24 | 't'<<32 | ':'<<40 | ' '<<48

	sixBytes   = 1<<48 - 1
	fourBytes  = 1<<32 - 1
	sevenBytes = 1<<56 - 1
)

// usualBlock reads a block as most are: an event type that is known, an ID and a line
// of data, the first two or not and in any order. The block begins at a place of a
// piece that is valid UTF-8, has no CR and whose events fit. It returns the event, and
// the place behind the block; or nothing and zero, and has done nothing, where the
// block is another or does not end in the piece. It spares a call for each line and
// what lies between the calls, half of the parser's time.
func (p *Parser) usualBlock(piece []byte, at int) (received Received, next int) {
	if len(piece)-at < minBlock {
		return received, 0
	}
	typeLine, id := "", p.lastID
	idAt, idEnd := 0, 0
	word := binary.LittleEndian.Uint64(piece[at:])
	if word&sevenBytes == eventPrefix {
		typeLine = p.lastTypeLine
		if !startsWith(piece, at, typeLine) {
			typeLine = p.knownTypeLine(piece, at)
		}
		at += len(typeLine)
		if typeLine == "" || len(piece)-at < minBlock {
			return received, 0
		}
		word = binary.LittleEndian.Uint64(piece[at:])
	}
	if word&fourBytes == idPrefix {
		idAt = at + len("id: ")
		idEnd = endOfPrintable(piece, idAt)
		at = idEnd + 1
		if len(piece)-at < minBlock || piece[idEnd] != '\n' {
			return received, 0
		}
		id = piece[idAt:idEnd]
		word = binary.LittleEndian.Uint64(piece[at:])
		if word&sevenBytes == eventPrefix && typeLine == "" {
			typeLine = p.knownTypeLine(piece, at)
			at += len(typeLine)
			if typeLine == "" || len(piece)-at < minBlock {
				return received, 0
			}
			word = binary.LittleEndian.Uint64(piece[at:])
		}
	}
	if word&sixBytes != dataPrefix {
		return received, 0
	}
	at += len("data: ")
	length := bytes.IndexByte(piece[at:], '\n')
	end := at + length
	if length < 0 || end+1 >= len(piece) || piece[end+1] != '\n' {
		return received, 0
	}
	received = Received{Type: DefaultType, ID: id, Data: piece[at:end], At: at}
	if idAt > 0 {
		p.lastID, p.lastIDLent = id, true
	}
	if typeLine != "" {
		p.lastTypeLine = typeLine
		received.Type = typeIn(typeLine)
	}
	return received, end + 2
}

// minBlock is the length of the shortest usual block, of a line of no data.
const minBlock = len("data: \n\n")

// startsWith reports whether there is a line at a place, and it is not empty.
func startsWith(piece []byte, at int, line string) bool {
	return line != "" && len(piece)-at >= len(line) && string(piece[at:at+len(line)]) == line
}

// knownTypeLine returns the line at a place that names an event type, or nothing where
// it is not one of the last that came.
func (p *Parser) knownTypeLine(piece []byte, at int) string {
	end := endOfPrintable(piece, at)
	if name := at + len("event: "); end > name {
		if known := *p.kept(piece[name:end]); startsWith(piece, at, known) {
			return known
		}
	}
	return ""
}

// typeIn returns the event type that a line names, as they are kept.
func typeIn(line string) string { return line[len("event: ") : len(line)-1] }

// endOfPrintable returns the place of the first control character from a place on, or
// the end of the piece, or of its last whole words.
func endOfPrintable(piece []byte, at int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(piece)-at >= 8 {
		word := binary.LittleEndian.Uint64(piece[at:])
		if marks := (word - ' '*ones) &^ word & highs; marks != 0 { // the lowest is sure
			return at + bits.TrailingZeros64(marks)/8
		}
		at += 8
	}
	return len(piece)
}

// isFresh reports whether nothing of a block has been read.
func (p *Parser) isFresh() bool {
	return p.typeName == "" && !p.hasID && p.lent == nil && len(p.data) == 0
}
