import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;

void main(String[] arguments) throws Exception {
    byte[][] photograph = {Files.readAllBytes(Path.of(arguments[1]))};
    try (var server = ModelServer.start(ServerConfig.of(Path.of(arguments[0])).withoutPorts());
            var result = server.inference().request("food_classifier").input("INPUT_IMAGE", photograph, 1, 1).infer()) {
        IO.println(result.output("FOOD_LABEL").strings().getFirst());
    }
}
