// Runs before the card's own script: what the card sends is answered here, and the card is led to a state by pressing
// what a person would press.
{
  const plan = JSON.parse(document.getElementById("plan").textContent);
  const replies = {
    kept: () => Promise.resolve(new Response("{}", { status: 201 })),
    refused: () => Promise.resolve(new Response("{}", { status: 422 })),
    offline: () => Promise.reject(new TypeError("offline")),
  };
  window.fetch = replies[plan.reply];
  addEventListener("DOMContentLoaded", () => {
    // In a frame the card waits for the page around it to say who looks at it. Here nobody in particular does.
    if (window.onmessage) window.onmessage({ source: parent, data: { feedback: "start", token: null } });
    for (const selector of plan.press) document.querySelector(selector)?.click();
  });
}
