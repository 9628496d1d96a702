const gateway = process.env.NEXT_PUBLIC_GATEWAY;

export default function Product() {
  return (
    <main>
      <h1>Organic cotton T-shirt</h1>
      <try-it-on
        gateway={gateway}
        product-id="t-shirt"
        product-title="Organic cotton T-shirt"
        product-image={`${gateway}/pictures/tshirt-sage.jpg`}
      />
    </main>
  );
}
