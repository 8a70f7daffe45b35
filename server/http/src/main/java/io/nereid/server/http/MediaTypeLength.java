package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.codec.EncodedResponse;
import io.nereid.server.http.connection.HttpReply;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * The length of the JSON as a parameter of the content type, for platforms that let no other header line through:
 * {@code application/vnd.sagemaker-triton.binary+json;json-header-size=123}. Conditions and texts are Triton's
 * (docs/compatibility.md).
 *
 * @param prefix the content type up to the number, in lower case
 * @param inAnswers whether answers say it so too; otherwise they have the header line of the binary tensor extension
 */
public record MediaTypeLength(String prefix, boolean inAnswers) implements JsonLength {
    @Override
    public boolean isSaid(HttpHeaders headers) {
        String type = contentType(headers);
        return type != null && type.toLowerCase(Locale.ROOT).startsWith(prefix);
    }

    @Override
    public long of(HttpHeaders headers, long bodyLength) throws InferenceException {
        String type = contentType(headers);
        int at = type == null ? -1 : type.toLowerCase(Locale.ROOT).indexOf(prefix);
        if (type == null || at < 0) {
            return bodyLength;
        }
        if (at > 0) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "expect MIME type for binary data starts with '" + prefix + "', got: " + type);
        }
        String text = type.substring(prefix.length());
        long length = number(text);
        if (length == Long.MIN_VALUE) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "Unable to parse inference header size, got: " + text);
        }
        if (length < 0 || length > bodyLength) {
            throw BinaryTensorHeaders.outOfRange(bodyLength, text);
        }
        return length;
    }

    @Override
    public long hint(HttpHeaders headers) {
        String type = contentType(headers);
        return type == null || !isSaid(headers) ? -1 : Math.max(-1, number(type.substring(prefix.length())));
    }

    @Override
    public HttpReply answer(EncodedResponse encoded, ByteBuf json, Lease lease) {
        return inAnswers ? new HttpReply(HttpResponseStatus.OK, prefix + encoded.jsonLength(), List.of(), json,
                encoded.binary(), lease) : IN_A_HEADER.answer(encoded, json, lease);
    }

    private static @Nullable String contentType(HttpHeaders headers) {
        return headers.get(HttpHeaderNames.CONTENT_TYPE);
    }

    /** The number that the text is, up to a further parameter of the type; {@link Long#MIN_VALUE} if it is none. */
    private static long number(String text) {
        int end = text.indexOf(';');
        try {
            return Integer.parseInt((end < 0 ? text : text.substring(0, end)).strip());
        } catch (NumberFormatException _) {
            return Long.MIN_VALUE;
        }
    }
}
