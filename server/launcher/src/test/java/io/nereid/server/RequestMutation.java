package io.nereid.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Breaks a request in one to three places: bytes flipped, cut out, doubled, put in, numbers made extreme, the end cut.
 */
final class RequestMutation {
    private static final String[] HOSTILE = {"-1", "0", "99999999999999999999", "2147483648", "1e999", "NaN", "\"", "{",
            "[[[[[[[[", "]", "}", ",", ":", "null", "true", "\\u0000", "\\ud800", "\r\n", "\r\n\r\n", "\0", "%", "%zz",
            "/../", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n",
            "Connection: close\r\n", "HTTP/9.9", "\u00ff\u00fe"};

    private RequestMutation() {}

    static byte[] of(byte[] request, Random random) {
        byte[] mutated = request;
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            mutated = once(mutated, random);
        }
        return mutated;
    }

    private static byte[] once(byte[] request, Random random) {
        if (request.length == 0) {
            return request;
        }
        int at = random.nextInt(request.length);
        int length = Math.min(request.length - at, 1 + random.nextInt(8));
        return switch (random.nextInt(7)) {
            case 0 -> replaced(request, at, 1, new byte[]{(byte) random.nextInt(256)});
            case 1 -> replaced(request, at, 1, new byte[]{(byte) (request[at] ^ (1 << random.nextInt(8)))});
            case 2 -> replaced(request, at, length, new byte[0]);
            case 3 -> replaced(request, at, 0, slice(request, at, length));
            case 4 -> replaced(request, at, 0, hostile(random));
            case 5 -> replaced(request, at, length, hostile(random));
            default -> slice(request, 0, at);
        };
    }

    private static byte[] hostile(Random random) {
        return HOSTILE[random.nextInt(HOSTILE.length)].getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] slice(byte[] bytes, int from, int length) {
        byte[] part = new byte[length];
        System.arraycopy(bytes, from, part, 0, length);
        return part;
    }

    private static byte[] replaced(byte[] bytes, int at, int length, byte[] by) {
        return ByteBuffer.allocate(bytes.length - length + by.length).put(bytes, 0, at).put(by)
                .put(bytes, at + length, bytes.length - at - length).array();
    }
}
