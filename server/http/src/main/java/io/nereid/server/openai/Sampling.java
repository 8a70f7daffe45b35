package io.nereid.server.openai;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;

import java.util.List;

/**
 * What a request says on how its text is made. Each member is an input of the model; one that the model does not have is
 * refused, unless it says what holds without it. Stateless.
 */
final class Sampling {
    /** What a model gets that needs a number, where the request says none: as of Triton's front end. */
    private static final int DEFAULT_MAX_TOKENS = 16;
    private static final String MAX_TOKENS = "max_tokens";
    private static final String STOP = "stop";
    private static final String ECHO = "echo";
    private static final String TOP_LOGPROBS = "top_logprobs";
    private static final List<Real> REALS = List.of(new Real("temperature", 1), new Real("top_p", 1),
            new Real("frequency_penalty", 0), new Real("presence_penalty", 0));
    private static final List<String> JSON = List.of("tools", "tool_choice", "response_format");

    private Sampling() {}

    /** @param neutral what holds where a request does not say it */
    private record Real(String name, double neutral) {}

    /** @throws InferenceException INVALID_ARG if the request asks for what no model of this server can give */
    static void refuseUnsupported(Members request) throws InferenceException {
        for (String name : List.of("n", "best_of")) {
            if (request.has(name)) {
                long count = request.integer(name);
                if (count != 1) {
                    throw request.refusal(name, "Received " + name + "=" + count
                            + ", but only single choice (" + name + "=1) is currently supported");
                }
            }
        }
        for (String name : List.of("suffix", "logit_bias", "logprobs")) {
            if (request.has(name) && !isNothing(request, name)) {
                throw unsupported(request, name);
            }
        }
        if (request.has(TOP_LOGPROBS) && request.integer(TOP_LOGPROBS) != 0) {
            throw unsupported(request, TOP_LOGPROBS);
        }
    }

    private static InferenceException unsupported(Members request, String name) {
        return request.refusal(name, name + " is not supported");
    }

    /** Whether a member says that it is not wanted. */
    private static boolean isNothing(Members request, String name) throws InferenceException {
        JsonScanner value = request.at(name);
        return switch (value.peek()) {
            case BOOLEAN -> !value.bool("");
            case OBJECT -> !value.enterObject();
            case ARRAY -> !value.enterArray();
            case STRING -> value.stringBytes("", null, 0) == 0;
            case NUMBER, NULL -> false;
        };
    }

    /**
     * Makes the inputs.
     *
     * @throws InferenceException INVALID_ARG if the model does not have one, or takes another type there
     */
    static void fill(Members request, ModelInputs inputs) throws InferenceException {
        for (Real real : REALS) {
            if (request.has(real.name())) {
                double value = request.real(real.name());
                if (inputs.has(real.name())) {
                    inputs.number(real.name(), value, Math.round(value));
                } else if (value != real.neutral()) {
                    throw without(request, real.name(), real.name());
                }
            }
        }
        fillMaxTokens(request, inputs);
        if (request.has("seed")) {
            fillInteger(request, "seed", "seed", inputs);
        }
        if (request.has(STOP)) {
            fillStop(request, inputs);
        }
        fillEcho(request, inputs);
        for (String name : JSON) {
            if (request.has(name)) {
                fillJson(request, name, inputs);
            }
        }
    }

    private static void fillMaxTokens(Members request, ModelInputs inputs) throws InferenceException {
        String newer = "max_completion_tokens";
        String member = request.has(newer) ? newer : MAX_TOKENS;
        if (request.has(member)) {
            fillInteger(request, member, MAX_TOKENS, inputs);
        } else if (inputs.requires(MAX_TOKENS)) {
            inputs.number(MAX_TOKENS, DEFAULT_MAX_TOKENS, DEFAULT_MAX_TOKENS);
        }
    }

    private static void fillInteger(Members request, String member, String input, ModelInputs inputs)
            throws InferenceException {
        long value = request.integer(member);
        if (!inputs.has(input)) {
            throw without(request, member, input);
        }
        try {
            inputs.number(input, (double) value, value);
        } catch (InferenceException e) {
            throw request.refusal(member, e.text());
        }
    }

    private static void fillStop(Members request, ModelInputs inputs) throws InferenceException {
        if (isNothing(request, STOP)) {
            return;
        }
        if (!inputs.has("stop_words")) {
            throw without(request, STOP, "stop_words");
        }
        inputs.texts("stop_words", request.at(STOP),
                request.fault("string_type", STOP, "Input should be a valid string or a list of strings"));
    }

    private static void fillEcho(Members request, ModelInputs inputs) throws InferenceException {
        String exclude = "exclude_input_in_output";
        boolean echo = request.flag(ECHO, false);
        if (inputs.has(exclude)) {
            inputs.flag(exclude, !echo);
        } else if (echo) {
            throw without(request, ECHO, exclude);
        }
    }

    private static void fillJson(Members request, String name, ModelInputs inputs) throws InferenceException {
        if (inputs.hasText(name)) {
            inputs.text(name, request.json(name));
        } else if (!isNothing(request, name) && !isDefault(request, name)) {
            throw without(request, name, name);
        }
    }

    /** {@code "tool_choice":"none"} or {@code "auto"}, {@code "response_format":{"type":"text"}}. */
    private static boolean isDefault(Members request, String name) throws InferenceException {
        JsonScanner value = request.at(name);
        if (name.equals("tool_choice") && value.peek() == JsonKind.STRING) {
            return List.of("none", "auto").contains(value.string(""));
        }
        if (!name.equals("response_format") || value.peek() != JsonKind.OBJECT) {
            return false;
        }
        boolean text = false;
        for (boolean more = value.enterObject(); more; more = value.nextMember()) {
            if (value.name().equals("type") && value.peek() == JsonKind.STRING) {
                text = value.string("").equals("text");
            } else {
                value.skip();
            }
        }
        return text;
    }

    private static InferenceException without(Members request, String member, String input) {
        return request.refusal(member, "the model takes no " + member + " (it has no input '" + input + "')");
    }
}
