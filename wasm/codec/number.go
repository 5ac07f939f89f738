package codec

import (
	"math/bits"
	"strconv"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func isDigit(c byte) bool { return c-'0' < 10 }

// digits returns the decimal digits that x begins with, as a number, and how
// many they are.
func digits(x uint64) (value uint64, count int) {
	x ^= '0' * ones
	count = bits.TrailingZeros64(((x+0x76*ones)|x)&highs) / 8 // what is above 9 gets its high bit
	x <<= uint(64 - 8*count)
	x = x*10 + x>>8 // pairs of digits
	x = x&0x000000ff000000ff*(100+1000000<<32) + x>>16&0x000000ff000000ff*(1+10000<<32)
	return x >> 32, count
}

var powersOfTen = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// tooLong is the value of a number with more digits than it can have.
const tooLong = 1<<64 - 1

// digitsOn adds digits to a value that has count of them. A value with more
// than 19 is tooLong.
func (d *decoder) digitsOn(value uint64, count, at int) (uint64, int, int) {
	for {
		more, n := digits(load(d.in, at))
		value = value*powersOfTen[n] + more
		count += n
		at += n
		if n < 8 {
			break
		}
	}
	if count > 19 {
		value = tooLong
	}
	return value, count, at
}

// decimal reads the number at a place without its sign: the value of its
// digits, and the power of ten it is to be multiplied with.
func (d *decoder) decimal(at int) (value uint64, exponent, next int) {
	value, count, next := d.digitsOn(0, 0, at)
	if count == 0 || d.in[at] == '0' && count > 1 {
		return 0, 0, fail
	}
	c := d.in[next]
	if c == '.' {
		point := next + 1
		value, _, next = d.digitsOn(value, count, point)
		exponent = point - next
		if exponent == 0 {
			return 0, 0, fail
		}
		c = d.in[next]
	}
	if c|0x20 == 'e' {
		power, end := d.exponent(next + 1)
		return value, exponent + power, end
	}
	return value, exponent, next
}

func (d *decoder) exponent(at int) (power, next int) {
	c := d.in[at]
	if c == '-' || c == '+' {
		at++
	}
	value, count, next := d.digitsOn(0, 0, at)
	if count == 0 {
		return 0, fail
	}
	power = int(min(value, 1<<20)) // beyond every float
	if c == '-' {
		power = -power
	}
	return power, next
}

var floatPowersOfTen = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// float decodes a number. Where the digits and the power of ten are both exact
// as a float64, so that one operation rounds once, that is the result; strconv
// has the others.
func (d *decoder) float(at int) (float64, int) {
	in := d.in
	start := at
	negative := in[at] == '-'
	if negative {
		at++
	}
	// The usual number has up to seven digits on each side of the point, and
	// is read without a call: fewer than eight, so that none are left over.
	value, count := digits(load(in, at))
	next := at + count
	exponent := 0
	if in[next] == '.' {
		fraction, places := digits(load(in, next+1))
		value = value*powersOfTen[places&7] + fraction
		next += 1 + places
		exponent = -places
		if places == 0 || places == 8 {
			count = 8 // for decimal
		}
	}
	if count == 0 || count == 8 || in[next]|0x20 == 'e' || in[at] == '0' && count > 1 {
		value, exponent, next = d.decimal(at)
		if next < 0 {
			return 0, fail
		}
		if value > 1<<53 || exponent < -22 || exponent > 22 {
			return d.floatByStrconv(start, next, 64)
		}
	}
	f := float64(value)
	if exponent <= 0 {
		f /= floatPowersOfTen[-exponent]
	} else {
		f *= floatPowersOfTen[exponent]
	}
	if negative {
		f = -f
	}
	return f, next
}

// float32 is float for 32 bits, in which nothing may be rounded twice.
func (d *decoder) float32(at int) (float32, int) {
	start := at
	if d.in[at] == '-' {
		at++
	}
	value, exponent, next := d.decimal(at)
	if next < 0 {
		return 0, fail
	}
	if value > 1<<24 || exponent < -10 || exponent > 0 {
		f, next := d.floatByStrconv(start, next, 32)
		return float32(f), next
	}
	f := float32(value) / float32(floatPowersOfTen[-exponent])
	if at > start {
		f = -f
	}
	return f, next
}

func (d *decoder) floatByStrconv(start, next, size int) (float64, int) {
	f, err := strconv.ParseFloat(string(d.in[start:next]), size)
	if err != nil {
		return 0, fail
	}
	return f, next
}

// integer reads a number that has nothing but digits, and not more than 19.
func (d *decoder) integer(at int) (value uint64, next int) {
	value, count, next := d.digitsOn(0, 0, at)
	if count == 0 || count > 19 || d.in[at] == '0' && count > 1 || !isIntegerEnd(d.in[next]) {
		return 0, fail
	}
	return value, next
}

// isIntegerEnd reports whether a number that c follows has no more than digits.
func isIntegerEnd(c byte) bool { return c != '.' && c|0x20 != 'e' }

func (d *decoder) int(n *node, at int, p pointer) int {
	in := d.in
	limit := uint64(1)<<(n.bits-1) - 1
	negative := in[at] == '-'
	if negative {
		at++
		limit++
	}
	value, count := digits(load(in, at)) // the usual one is read without a call
	next := at + count
	if count == 0 || count == 8 || in[at] == '0' || !isIntegerEnd(in[next]) {
		value, next = d.integer(at)
	}
	if value > limit {
		return fail
	}
	if negative {
		value = -value
	}
	storeInteger(n.bits, value, p)
	return next
}

func (d *decoder) uint(n *node, at int, p pointer) int {
	value, next := d.integer(at)
	if next < 0 {
		value, next = d.integerByStrconv(at)
	}
	if value > 1<<n.bits-1 {
		return fail
	}
	storeInteger(n.bits, value, p)
	return next
}

// integerByStrconv reads what may have 20 digits, up to the largest uint64.
func (d *decoder) integerByStrconv(at int) (uint64, int) {
	_, exponent, next := d.decimal(at)
	if next < 0 || exponent != 0 {
		return 0, fail
	}
	value, err := strconv.ParseUint(string(d.in[at:next]), 10, 64)
	if err != nil {
		return 0, fail
	}
	return value, next
}

func storeInteger(bits uint, value uint64, p pointer) {
	switch bits {
	case 64:
		*as[uint64](p) = value
	case 32:
		*as[uint32](p) = uint32(value)
	case 16:
		*as[uint16](p) = uint16(value)
	default:
		*as[uint8](p) = uint8(value)
	}
}

// numberText decodes a number into a json.Number.
func (d *decoder) numberText(at int, p *string) int {
	start := at
	if d.in[at] == '-' {
		at++
	}
	_, _, next := d.decimal(at)
	if next >= 0 {
		*p = d.shared.keep(d.in[start:next])
	}
	return next
}
