package io.nereid.server.openai;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.JsonKind;
import io.nereid.server.http.codec.JsonScanner;

/**
 * A list of tokens, or a list of such lists.
 *
 * @param count how many lists
 * @param tokens how many tokens all of them have
 */
record TokenLists(long count, long tokens) {
    /** @throws InferenceException INVALID_ARG if a list is empty, or has something else in it */
    static TokenLists measure(Members request, String member) throws InferenceException {
        JsonScanner scanner = request.at(member);
        scanner.enterArray(); // the caller has seen an element
        if (scanner.peek() == JsonKind.NUMBER) {
            return new TokenLists(1, rest(request, member, scanner));
        }
        long count = 0;
        long all = 0;
        boolean more = true;
        while (more) {
            if (scanner.peek() != JsonKind.ARRAY) {
                throw request.fault("list_type", member, "Input should be a valid list");
            }
            long tokens = scanner.enterArray() ? rest(request, member, scanner) : 0;
            if (tokens == 0) {
                throw request.refusal(member, "input must be non-empty");
            }
            all += tokens;
            count++;
            more = scanner.nextElement();
        }
        return new TokenLists(count, all);
    }

    private static long rest(Members request, String member, JsonScanner scanner) throws InferenceException {
        long count = 0;
        boolean more = true;
        while (more) {
            if (scanner.peek() != JsonKind.NUMBER) {
                throw request.fault("int_type", member, "Input should be a valid integer");
            }
            try {
                scanner.signed("");
            } catch (InferenceException _) {
                throw request.fault("int_type", member, "Input should be a valid integer");
            }
            count++;
            more = scanner.nextElement();
        }
        return count;
    }

    /**
     * Writes the tokens of lists that were measured, one list behind the other.
     *
     * @return how many each list has
     */
    long[] copy(JsonScanner scanner, ModelInputs.IntegerTarget target) throws InferenceException {
        scanner.enterArray();
        if (scanner.peek() == JsonKind.NUMBER) {
            return new long[]{copyOne(scanner, target, 0)};
        }
        long[] lengths = new long[Math.toIntExact(count)];
        long index = 0;
        for (int list = 0; list < lengths.length; list++) {
            scanner.peek();
            scanner.enterArray();
            lengths[list] = copyOne(scanner, target, index);
            index += lengths[list];
            scanner.nextElement();
        }
        return lengths;
    }

    private static long copyOne(JsonScanner scanner, ModelInputs.IntegerTarget target, long index)
            throws InferenceException {
        long length = 0;
        boolean more = true;
        while (more) {
            target.set(index + length, scanner.signed(""));
            length++;
            more = scanner.nextElement();
        }
        return length;
    }
}
