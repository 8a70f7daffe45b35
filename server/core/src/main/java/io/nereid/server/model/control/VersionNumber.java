package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.regex.Pattern;

/** How clients write the version that a load or an unload is about. */
public final class VersionNumber {
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,18}");
    private static final int SHOWN_CHARS = 40;

    private VersionNumber() {}

    /**
     * The number.
     *
     * @throws InferenceException INVALID_ARG if the text is no version's number
     */
    public static long parse(String text) throws InferenceException {
        if (NUMBER.matcher(text).matches()) {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException _) {
                throw wrong(text); // beyond the largest one
            }
        }
        throw wrong(text);
    }

    private static InferenceException wrong(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, "parameter 'version': got '"
                + (text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "..." : text)
                + "' (expected the number of a version, as its directory has it)");
    }
}
