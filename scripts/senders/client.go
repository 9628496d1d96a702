// Sends the recorded requests with Go's standard library.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
)

type what struct{ Token, Picture, Address string }

func main() {
	base := os.Args[1]
	var it what
	answer, err := http.Get(base + "/what")
	check(err)
	check(json.NewDecoder(answer.Body).Decode(&it))
	picture, err := base64.StdEncoding.DecodeString(it.Picture)
	check(err)
	send := func(name, contentType string, body *bytes.Buffer) {
		request, err := http.NewRequest("POST", base+"/v1/run", body)
		check(err)
		request.Header.Set("Authorization", "Bearer "+it.Token)
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("x-case", name)
		_, err = http.DefaultClient.Do(request)
		check(err)
	}
	inputs := map[string]any{"model_image": "data:image/jpeg;base64," + it.Picture, "garment_image": it.Address, "seed": 7}
	var body bytes.Buffer
	check(json.NewEncoder(&body).Encode(map[string]any{"model_name": "tryon-v1.6", "inputs": inputs}))
	send("json", "application/json", &body)
	for name, file := range map[string]string{"form": "photo.jpg", "odd-name": `mein "Foto"; é.png`} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		check(form.WriteField("model_name", "tryon-v1.6"))
		check(form.WriteField("garment_image", it.Address))
		check(form.WriteField("inputs", `{"seed":7}`))
		part, err := form.CreateFormFile("model_image", file)
		check(err)
		_, err = part.Write(picture)
		check(err)
		check(form.Close())
		send(name, form.FormDataContentType(), &body)
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
