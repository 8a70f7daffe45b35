package io.nereid.server.grpc.http2;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The header with which a client says how long it waits: at most eight digits and a unit. */
final class GrpcTimeout {
    static final String NAME = "grpc-timeout";
    private static final int MOST_DIGITS = 8;

    private GrpcTimeout() {}

    /** Nanoseconds; absent if the text is none. */
    static OptionalLong nanos(CharSequence text) {
        int digits = text.length() - 1;
        if (digits < 1 || digits > MOST_DIGITS) {
            return OptionalLong.empty();
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return OptionalLong.empty();
            }
            number = number * 10 + digit;
        }
        return switch (text.charAt(digits)) {
            case 'H' -> OptionalLong.of(TimeUnit.HOURS.toNanos(number));
            case 'M' -> OptionalLong.of(TimeUnit.MINUTES.toNanos(number));
            case 'S' -> OptionalLong.of(TimeUnit.SECONDS.toNanos(number));
            case 'm' -> OptionalLong.of(TimeUnit.MILLISECONDS.toNanos(number));
            case 'u' -> OptionalLong.of(TimeUnit.MICROSECONDS.toNanos(number));
            case 'n' -> OptionalLong.of(number);
            default -> OptionalLong.empty();
        };
    }
}
