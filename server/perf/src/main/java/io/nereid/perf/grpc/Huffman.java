package io.nereid.perf.grpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads texts in HPACK's Huffman code (RFC 7541, appendix B). The code is canonical: of symbols in the order of their
 * lengths, and in their own order where these are equal, each has the code of the last one plus one.
 */
final class Huffman {
    private static final int SYMBOLS = 257;
    private static final int END = 256;
    private static final int MAX_LENGTH = 30;
    /** How many bits the code of each symbol has: 'A' is one. */
    private static final String LENGTHS = "MW\\\\\\\\\\\\\\X^\\\\^\\\\\\\\\\\\\\\\^\\\\\\\\\\\\\\\\\\FJJLMFHKJJHKHFFFEEEFFFFFFFGH"
            + "OFLJMFGGGGGGGGGGGGGGGGGGGGGGHGHMSMNFOEFEFEFFFEGGFFFEFGFEEFGGGGGOKNM\\TVTTVVVWVWWWWWXWXXVWXW"
            + "WWWUVWVWWXVUTVVWWUWVVXUVWWUUVUWVWWTVVVWVVWZZTSVWVYZZZ[[ZXYSUZ[[Z[XUUZZ\\[[[TXTUVUUWVVYYXXZWZ[ZZ[[[[[\\[[[[[Z^";

    /** The symbols by the length of their codes, then by themselves. */
    private static final int[] ORDERED = new int[SYMBOLS];
    /** Of codes of each length the first, and where its symbol is in the order. */
    private static final int[] FIRST_CODE = new int[MAX_LENGTH + 2];
    private static final int[] FIRST_INDEX = new int[MAX_LENGTH + 2];

    static {
        int index = 0;
        int code = 0;
        for (int length = 1; length <= MAX_LENGTH; length++) {
            FIRST_CODE[length] = code;
            FIRST_INDEX[length] = index;
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (LENGTHS.charAt(symbol) - 'A' + 1 == length) {
                    ORDERED[index++] = symbol;
                    code++;
                }
            }
            code <<= 1;
        }
        FIRST_INDEX[MAX_LENGTH + 1] = index;
    }

    private Huffman() {}

    /** The text of all that the buffer has left. */
    static String read(ByteBuffer bytes) throws IOException {
        StringBuilder text = new StringBuilder(2 * bytes.remaining());
        int code = 0;
        int length = 0;
        while (bytes.hasRemaining()) {
            int octet = bytes.get();
            for (int bit = 7; bit >= 0; bit--) {
                code = code << 1 | (octet >> bit & 1);
                length++;
                int symbol = symbol(code, length);
                if (symbol == END) {
                    throw new IOException("a header of the server ends in the middle of a text");
                }
                if (symbol >= 0) {
                    text.append((char) symbol);
                    code = 0;
                    length = 0;
                }
            }
        }
        return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** What has that code; -1 if it is the beginning of a longer one. */
    private static int symbol(int code, int length) throws IOException {
        if (length > MAX_LENGTH) {
            throw new IOException("a header of the server has a code that is none");
        }
        int offset = code - FIRST_CODE[length];
        int count = FIRST_INDEX[length + 1] - FIRST_INDEX[length];
        return offset >= 0 && offset < count ? ORDERED[FIRST_INDEX[length] + offset] : -1;
    }
}
