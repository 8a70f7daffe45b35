WORD = "of the model's folder"
