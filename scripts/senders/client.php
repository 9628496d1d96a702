<?php
// Sends the recorded requests with PHP's curl, and JSON with its streams.
[, $base] = $argv;
$what = json_decode(file_get_contents("$base/what"), true);
$photo = tempnam(sys_get_temp_dir(), 'photo');
file_put_contents($photo, base64_decode($what['picture']));
$body = json_encode(['model_name' => 'tryon-v1.6', 'inputs' => [
    'model_image' => "data:image/jpeg;base64,{$what['picture']}", 'garment_image' => $what['address'], 'seed' => 7,
]]);
$headers = fn(string $case, string ...$more) => ["Authorization: Bearer {$what['token']}", "x-case: $case", ...$more];
$fields = ['model_name' => 'tryon-v1.6', 'garment_image' => $what['address'], 'inputs' => '{"seed":7}'];

file_get_contents("$base/v1/run", false, stream_context_create(['http' => [
    'method' => 'POST', 'header' => $headers('json', 'Content-Type: application/json'), 'content' => $body,
]]));
foreach ([['form', 'photo.jpg'], ['odd-name', 'mein "Foto"; é.png']] as [$case, $name]) {
    $curl = curl_init("$base/v1/run");
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => $headers($case),
        CURLOPT_POSTFIELDS => [...$fields, 'model_image' => new CURLFile($photo, 'image/jpeg', $name)],
    ]);
    curl_exec($curl);
}
unlink($photo);
