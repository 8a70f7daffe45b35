package io.nereid.server.ensemble;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;

/** Configurations of ensembles and of their models, in few words. */
final class Configs {
    private Configs() {}

    static ModelConfig parse(String name, String text) {
        return ModelConfigParser.parse(name, "config.pbtxt", text, _ -> false);
    }

    /** An ensemble; {@code rest} has its inputs, outputs and steps. */
    static ModelConfig ensemble(String rest) {
        return parse("e", "platform: 'ensemble'\n" + rest);
    }

    static ModelConfig model(String name, String rest) {
        return parse(name, "backend: 'identity'\n" + rest);
    }

    /** An input of INT64. */
    static String input(String name, String dims) {
        return "input { name: '" + name + "' data_type: TYPE_INT64 dims: [ " + dims + " ] }\n";
    }

    static String output(String name, String dims) {
        return "output { name: '" + name + "' data_type: TYPE_INT64 dims: [ " + dims + " ] }\n";
    }

    static String decoupled() {
        return "model_transaction_policy { decoupled: true }\n";
    }

    /** All steps; each is a text of {@link #step}. */
    static String steps(String... steps) {
        return "ensemble_scheduling { step [ " + String.join(",\n", steps) + " ] }\n";
    }

    /** A step with mappings such as {@code "IN=tensor"}, inputs first, then {@code "->"}, then outputs. */
    static String step(String model, String... mappings) {
        StringBuilder text = new StringBuilder("{ model_name: '" + model + "' model_version: -1 ");
        String map = "input_map";
        for (String mapping : mappings) {
            if (mapping.equals("->")) {
                map = "output_map";
            } else {
                String[] names = mapping.split("=");
                text.append(map).append(" { key: '").append(names[0]).append("' value: '").append(names[1])
                        .append("' } ");
            }
        }
        return text.append("}").toString();
    }
}
