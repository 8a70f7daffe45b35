package io.nereid.server.contract;

import io.nereid.inference.ParameterValue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request as every protocol can send it.
 *
 * @param parameters request parameters, the protocol's own ones among them
 */
record Ask(String name, String model, String version, String id, List<In> inputs, List<Out> outputs,
        Map<String, ParameterValue> parameters) {
    /** A tensor. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record In(String name, String datatype, long[] shape, byte[] data) {}

    /** An output asked for; {@code classification} is 0 for the tensor itself. */
    record Out(String name, int classification) {}

    static Ask of(String name, String model) {
        return new Ask(name, model, "", "", List.of(), List.of(), Map.of());
    }

    Ask version(String newVersion) {
        return new Ask(name, model, newVersion, id, inputs, outputs, parameters);
    }

    Ask id(String newId) {
        return new Ask(name, model, version, newId, inputs, outputs, parameters);
    }

    Ask input(String tensor, String datatype, byte[] data, long... shape) {
        List<In> all = new ArrayList<>(inputs);
        all.add(new In(tensor, datatype, shape, data));
        return new Ask(name, model, version, id, all, outputs, parameters);
    }

    Ask output(String tensor, int classification) {
        List<Out> all = new ArrayList<>(outputs);
        all.add(new Out(tensor, classification));
        return new Ask(name, model, version, id, inputs, all, parameters);
    }

    Ask parameter(String key, ParameterValue value) {
        Map<String, ParameterValue> all = new LinkedHashMap<>(parameters);
        all.put(key, value);
        return new Ask(name, model, version, id, inputs, outputs, all);
    }

    @Override
    public String toString() {
        return name;
    }
}
